// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/send_times.hpp"

#include <algorithm>

namespace headroom::osc {

namespace {

std::int64_t part_of(TimePoint now, std::size_t parts) {
    return now.time_since_epoch() /
           (std::chrono::nanoseconds(SendTimes::kWindow) / static_cast<std::int64_t>(parts));
}

} // namespace

void SendTimes::restart(TimePoint now) {
    least_.fill(kNone);
    part_ = part_of(now, kParts);
}

void SendTimes::move_on(TimePoint now) {
    constexpr auto kAll = static_cast<std::int64_t>(kParts);
    const std::int64_t part = part_of(now, kParts);
    if (part - part_ >= kAll)
        least_.fill(kNone);
    else
        for (std::int64_t passed = part_ + 1; passed <= part; ++passed)
            least_[static_cast<std::size_t>(passed % kAll)] = kNone;
    part_ = part;
}

TimePoint SendTimes::sent(Nanoseconds stamp, TimePoint now) {
    const bool is_first = part_ == std::numeric_limits<std::int64_t>::min();
    if (is_first || stamp < newest_stamp_ - kStep) {
        restart(now);
        newest_stamp_ = stamp;
        newest_sent_ = {};
    }
    move_on(now);
    const Nanoseconds offset = now.time_since_epoch() - stamp;
    Nanoseconds &here = least_[static_cast<std::size_t>(part_) % kParts];
    here = std::min(here, offset);
    const Nanoseconds least = *std::min_element(least_.begin(), least_.end());
    const TimePoint sent = now - (offset - least);
    if (stamp < newest_stamp_)
        return std::min(sent, newest_sent_ - Nanoseconds(1));
    newest_stamp_ = stamp;
    newest_sent_ = std::max(newest_sent_, sent);
    return newest_sent_;
}

} // namespace headroom::osc
