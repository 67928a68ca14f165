// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/timed_bundles.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

std::size_t TimedBundles::room(const Peer &peer) const {
    const auto known = counts_.find(peer);
    const std::size_t own = known == counts_.end() ? 0 : known->second;
    return std::min(kPerPeer - own, kInAll - count_);
}

void TimedBundles::add(TimedBundle bundle) {
    ++counts_[bundle.peer];
    ++count_;
    const TimePoint due = bundle.due;
    waiting_.emplace(due, std::move(bundle));
}

std::vector<TimedBundle> TimedBundles::take(TimePoint until) {
    std::vector<TimedBundle> out;
    const auto end = waiting_.upper_bound(until);
    for (auto at = waiting_.begin(); at != end; ++at)
        out.push_back(std::move(at->second));
    waiting_.erase(waiting_.begin(), end);
    return out;
}

void TimedBundles::release(const Peer &peer) {
    const auto known = counts_.find(peer);
    --count_;
    if (--known->second == 0)
        counts_.erase(known);
}

std::optional<TimePoint> TimedBundles::next_due() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.begin()->first);
}

} // namespace headroom::osc
