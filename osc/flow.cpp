// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/flow.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace headroom::osc {

namespace {

using std::chrono::duration;
using std::chrono::milliseconds;

constexpr std::size_t kPacketBytes = 1200;
constexpr int kOvertakenIsLost = 3;
constexpr std::chrono::nanoseconds kLeastPatience = milliseconds(200);
constexpr std::chrono::nanoseconds kMostPatience = milliseconds(1000);

} // namespace

double Flow::tokens(TimePoint now) const {
    return std::min(kBurstBytes,
                    tokens_ + kBytesPerSecond * duration<double>(now - tokens_at_).count());
}

bool Flow::admits(Load load, std::size_t bytes, TimePoint now) const {
    if (!is_limited_)
        return true;
    if (!is_acknowledged_)
        return tokens(now) >=
               static_cast<double>(bytes) + (load == Load::meters ? kKeptForChanges : 0.0);
    const std::size_t room = load == Load::meters ? window_ : 2 * window_;
    return on_the_way_.size() < kPackets && bytes_on_the_way_ + bytes <= room;
}

std::optional<std::int32_t> Flow::number() const {
    if (!is_acknowledged_)
        return std::nullopt;
    return last_number_ == std::numeric_limits<std::int32_t>::max() ? 1 : last_number_ + 1;
}

void Flow::sent(std::size_t bytes, std::vector<Item> changes, TimePoint now) {
    if (const auto next = number()) {
        last_number_ = *next;
        if (on_the_way_.size() == kPackets) { // only where nothing is limited
            bytes_on_the_way_ -= on_the_way_.front().bytes;
            on_the_way_.pop_front();
        }
        on_the_way_.push_back({last_number_, bytes, now, std::move(changes)});
        bytes_on_the_way_ += bytes;
    } else {
        tokens_ = tokens(now) - static_cast<double>(bytes);
        tokens_at_ = now;
    }
}

std::vector<Item> Flow::acknowledge(std::int32_t number, TimePoint now) {
    is_acknowledged_ = true;
    const auto at = std::find_if(on_the_way_.begin(), on_the_way_.end(),
                                 [&](const Sent &sent) { return sent.number == number; });
    if (at == on_the_way_.end())
        return {};
    adapt(now - at->at, at->bytes, now);
    std::for_each(on_the_way_.begin(), at, [](Sent &sent) { ++sent.overtaken; });
    bytes_on_the_way_ -= at->bytes;
    on_the_way_.erase(at);

    std::vector<Item> lost;
    while (!on_the_way_.empty() && on_the_way_.front().overtaken >= kOvertakenIsLost) {
        const Sent &sent = on_the_way_.front();
        lost.insert(lost.end(), sent.changes.begin(), sent.changes.end());
        bytes_on_the_way_ -= sent.bytes;
        on_the_way_.pop_front();
    }
    return lost;
}

void Flow::adapt(Duration round_trip, std::size_t bytes, TimePoint now) {
    shortest_ = std::min(shortest_, round_trip);
    smoothed_ = smoothed_ == Duration(0) ? round_trip : (7 * smoothed_ + round_trip) / 8;
    patience_ = std::clamp(4 * smoothed_, kLeastPatience, kMostPatience);
    const Duration queued = round_trip - shortest_;
    if (queued > kQueueTarget) {
        if (now < next_reduction_)
            return;
        const double kept = std::max(0.5, duration<double>(kQueueTarget) / queued);
        window_ = std::max(kLeastWindowBytes,
                           static_cast<std::size_t>(kept * static_cast<double>(window_)));
        next_reduction_ = now + round_trip;
    } else if (2 * bytes_on_the_way_ >= window_) {
        window_ = std::min(kMostWindowBytes, window_ + kPacketBytes * bytes / window_);
    }
}

std::vector<Item> Flow::give_up(TimePoint now) {
    std::vector<Item> lost;
    bool any = false;
    while (!on_the_way_.empty() && now - on_the_way_.front().at >= patience_) {
        const Sent &sent = on_the_way_.front();
        lost.insert(lost.end(), sent.changes.begin(), sent.changes.end());
        bytes_on_the_way_ -= sent.bytes;
        on_the_way_.pop_front();
        any = true;
    }
    if (any) {
        window_ = std::max(kLeastWindowBytes, window_ / 2);
        patience_ = std::min(2 * patience_, kMostPatience);
    }
    return lost;
}

std::optional<TimePoint> Flow::patience_ends() const {
    if (on_the_way_.empty())
        return std::nullopt;
    return on_the_way_.front().at + patience_;
}

} // namespace headroom::osc
