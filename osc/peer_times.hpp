// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/clock.hpp"
#include "osc/peer.hpp"
#include "osc/send_times.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace headroom::osc {

/// What each peer has told of its time, and what became of what it sent for a time. Belongs to the
/// control thread.
class PeerTimes {
  public:
    /// Most peers; one more takes the place of the one that was silent for longest.
    static constexpr std::size_t kPeers = 1024;
    /// How long after the first landing a report is due.
    static constexpr std::chrono::seconds kReport{1};

    /// The peer reads our own clock and sends its time tags on that.
    void uses_our_clock(const Peer &peer, TimePoint now) { state(peer, now).uses_our_clock = true; }
    bool uses_our_clock(const Peer &peer) const;

    /// As SendTimes::sent().
    TimePoint sent(const Peer &peer, std::chrono::nanoseconds stamp, TimePoint now) {
        return state(peer, now).sending.sent(stamp, now);
    }

    /// A bundle holds from this frame on; it was late where the margin is negative.
    void landed(const Peer &peer, double margin_ms, std::uint64_t frame, TimePoint now);
    /// A value that has lost to a newer one.
    void lost(const Peer &peer, TimePoint now);

    /// Calls back with /headroom/landed for every peer whose report is due. Returns when the next
    /// one is.
    std::optional<TimePoint> report(TimePoint now,
                                    const std::function<void(const Peer &, const Message &)> &tell);

    void forget(const Peer &peer) { states_.erase(peer); }

  private:
    struct Landings {
        double least_ms = 0.0;
        double sum_ms = 0.0;
        double most_ms = 0.0;
        std::int32_t count = 0;
        std::int32_t late = 0;
        std::int32_t lost = 0;
        std::uint64_t frame = 0;
        std::optional<TimePoint> due; ///< nothing to report without

        Message message() const;
    };
    struct State {
        TimePoint heard;
        bool uses_our_clock = false;
        SendTimes sending;
        Landings landings;
    };
    State &state(const Peer &peer, TimePoint now);
    void want_report(Landings &landings, TimePoint now);

    std::unordered_map<Peer, State, PeerHash> states_;
    std::optional<TimePoint> next_report_;
};

} // namespace headroom::osc
