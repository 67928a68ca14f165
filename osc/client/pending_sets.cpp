// SPDX-License-Identifier: MPL-2.0
#include "osc/client/pending_sets.hpp"

#include "osc/client/timing.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

namespace {

constexpr std::chrono::steady_clock::duration kLeastPatience = std::chrono::milliseconds(100);
constexpr std::chrono::steady_clock::duration kMostPatience = std::chrono::seconds(4);

} // namespace

void PendingSets::set(std::string address, Argument value) {
    waiting_.insert_or_assign(std::move(address), std::move(value));
}

void PendingSets::again() {
    waiting_.merge(on_the_way_); // what waits is newer
    on_the_way_.clear();
}

std::optional<std::vector<std::uint8_t>> PendingSets::next_packet(TimePoint now) {
    if (!on_the_way_.empty() && now - sent_at_ >= patience_) {
        again();
        patience_ = std::min(2 * patience_, kMostPatience);
    }
    if (!on_the_way_.empty() || waiting_.empty())
        return std::nullopt;
    PacketBuilder packet;
    packet.add(encode({"/headroom/sent", {time_tag(now)}}));
    const auto question = encode({"/headroom/get", {++id_, std::string("/headroom/bypass")}});
    while (!waiting_.empty()) {
        const auto next = waiting_.begin();
        const auto value = encode({next->first, {next->second}});
        const std::size_t size = packet.size() + value.size() + question.size() + 8;
        if (!on_the_way_.empty() && size > PacketLimits::kOutgoingBytes)
            break;
        packet.add(value);
        on_the_way_.insert(waiting_.extract(next));
    }
    packet.add(question);
    sent_at_ = now;
    return packet.take();
}

std::optional<PendingSets::TimePoint> PendingSets::due() const {
    if (on_the_way_.empty())
        return std::nullopt;
    return sent_at_ + patience_;
}

bool PendingSets::confirm(const Message &message, TimePoint now) {
    if (message.address != "/headroom/get" || message.arguments.empty() ||
        message.arguments[0] != Argument(id_) || on_the_way_.empty())
        return false;
    on_the_way_.clear();
    patience_ = std::clamp(3 * (now - sent_at_), kLeastPatience, kMostPatience);
    return true;
}

void PendingSets::refuse(const std::string &address) {
    if (on_the_way_.erase(address) != 0)
        again();
}

} // namespace headroom::osc
