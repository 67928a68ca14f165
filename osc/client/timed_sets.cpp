// SPDX-License-Identifier: MPL-2.0
#include "osc/client/timed_sets.hpp"

#include <algorithm>

namespace headroom::osc {

namespace {

using namespace std::chrono_literals;

constexpr const char *kOnce = "/headroom/once";
constexpr std::chrono::steady_clock::duration kApart = 1us;
/// Within which two readings of the wall clock may contradict each other: a millisecond.
constexpr std::uint64_t kJitter_ntp = (std::uint64_t{1} << 32) / 1000;
constexpr std::chrono::steady_clock::duration kLeastPatience = 50ms;
constexpr std::chrono::steady_clock::duration kMostPatience = 4s;
/// On a line that is not full one lost packet may need many tries.
constexpr std::chrono::steady_clock::duration kTryEach = 500ms;
constexpr int kOvertakenIsLost = 3;

} // namespace

std::vector<std::uint8_t> TimedSets::packet(std::span<const Message> values, TimePoint now) {
    newest_ = std::max(now + lead_.value(), newest_ + kApart);
    const TimeTag due = clock_.at(newest_);
    const bool is_behind = due.ntp <= due_.ntp && due_.ntp - due.ntp < kJitter_ntp;
    due_ = is_behind ? TimeTag{due_.ntp + 1} : due;
    auto bundle = encode_bundle(values, due_);
    if (!is_lossy_)
        return bundle;
    number_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(number_) + 1);
    PacketBuilder packet(PacketLimits::kDatagramBytes);
    packet.add(encode({"/headroom/sent", {time_tag(now)}}));
    packet.add(encode({kOnce, {number_}}));
    if (!packet.add(bundle))
        return bundle; // the server says what is wrong with it
    if (on_the_way_.size() == kMost)
        on_the_way_.pop_front();
    return on_the_way_.emplace_back(OnTheWay{number_, packet.take(), newest_, now, patience_})
        .packet;
}

TimedSets::TimePoint TimedSets::again_at(const OnTheWay &known) const {
    return known.overtaken >= kOvertakenIsLost ? known.sent_at : known.sent_at + known.patience;
}

TimedSets::List::const_iterator TimedSets::next_again() const {
    return std::min_element(
        on_the_way_.begin(), on_the_way_.end(),
        [this](const OnTheWay &a, const OnTheWay &b) { return again_at(a) < again_at(b); });
}

std::optional<TimedSets::TimePoint> TimedSets::due() const {
    if (!has_begun_)
        return std::nullopt;
    const auto next = next_again();
    return next == on_the_way_.end() ? clock_due_ : std::min(clock_due_, again_at(*next));
}

// Patience with a packet doubles each time that the clock alone calls it lost: where all are late
// because the line is full, sending them again would not help.
std::optional<std::vector<std::uint8_t>> TimedSets::next_packet(TimePoint now) {
    if (has_begun_ && clock_due_ <= now) {
        clock_due_ = now + kClockEach;
        return encode(clock_.question(now));
    }
    std::erase_if(on_the_way_, [&](const OnTheWay &known) { return now >= known.due + kAfter; });
    const auto next = next_again();
    if (next == on_the_way_.end() || again_at(*next) > now)
        return std::nullopt;
    OnTheWay &lost = on_the_way_[static_cast<std::size_t>(next - on_the_way_.begin())];
    if (lost.overtaken < kOvertakenIsLost)
        lost.patience =
            std::min(2 * lost.patience, std::clamp(8 * patience_, kTryEach, kMostPatience));
    lost.sent_at = now;
    lost.overtaken = 0;
    lost.is_again = true;
    return lost.packet;
}

bool TimedSets::take(const Message &message, TimePoint now) {
    lead_.report(message);
    return has_begun_ && (confirm(message, now) || clock_.answer(message, now));
}

bool TimedSets::confirm(const Message &message, TimePoint now) {
    if (message.address != kOnce || message.arguments.size() != 1)
        return false;
    const auto at =
        std::find_if(on_the_way_.begin(), on_the_way_.end(), [&](const OnTheWay &known) {
            return message.arguments[0] == Argument(known.number);
        });
    if (at == on_the_way_.end())
        return true;
    if (!at->is_again) {
        patience_ = std::clamp(3 * (now - at->sent_at), kLeastPatience, kMostPatience);
        for (auto earlier = on_the_way_.begin(); earlier != at; ++earlier)
            earlier->overtaken += earlier->sent_at < at->sent_at ? 1 : 0;
    }
    on_the_way_.erase(at);
    return true;
}

} // namespace headroom::osc
