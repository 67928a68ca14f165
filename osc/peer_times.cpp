// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/peer_times.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

PeerTimes::State &PeerTimes::state(const Peer &peer, TimePoint now) {
    if (states_.size() >= kPeers && !states_.contains(peer))
        states_.erase(
            std::min_element(states_.begin(), states_.end(), [](const auto &a, const auto &b) {
                return a.second.heard < b.second.heard;
            }));
    State &state = states_[peer];
    state.heard = now;
    return state;
}

bool PeerTimes::uses_our_clock(const Peer &peer) const {
    const auto known = states_.find(peer);
    return known != states_.end() && known->second.uses_our_clock;
}

void PeerTimes::landed(const Peer &peer, double margin_ms, std::uint64_t frame, TimePoint now) {
    Landings &landings = state(peer, now).landings;
    landings.least_ms = landings.count == 0 ? margin_ms : std::min(landings.least_ms, margin_ms);
    landings.most_ms = landings.count == 0 ? margin_ms : std::max(landings.most_ms, margin_ms);
    landings.sum_ms += margin_ms;
    ++landings.count;
    landings.late += margin_ms < 0.0 ? 1 : 0;
    landings.frame = frame;
    want_report(landings, now);
}

void PeerTimes::lost(const Peer &peer, TimePoint now) {
    Landings &landings = state(peer, now).landings;
    ++landings.lost;
    want_report(landings, now);
}

void PeerTimes::want_report(Landings &landings, TimePoint now) {
    landings.due = landings.due.value_or(now + kReport);
    next_report_ = std::min(next_report_.value_or(*landings.due), *landings.due);
}

std::optional<TimePoint>
PeerTimes::report(TimePoint now, const std::function<void(const Peer &, const Message &)> &tell) {
    if (!next_report_ || *next_report_ > now)
        return next_report_;
    next_report_.reset();
    for (auto &[peer, state] : states_) {
        if (state.landings.due && *state.landings.due <= now)
            tell(peer, std::exchange(state.landings, {}).message());
        if (const auto due = state.landings.due)
            next_report_ = std::min(next_report_.value_or(*due), *due);
    }
    return next_report_;
}

Message PeerTimes::Landings::message() const {
    const double mean_ms = count == 0 ? 0.0 : sum_ms / count;
    return {"/headroom/landed",
            {static_cast<float>(least_ms), static_cast<float>(mean_ms), static_cast<float>(most_ms),
             count, late, lost, static_cast<std::int64_t>(frame)}};
}

} // namespace headroom::osc
