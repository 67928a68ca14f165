// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/clock.hpp"
#include "osc/peer.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace headroom::osc {

/// What a peer wants to happen at one moment.
struct TimedBundle {
    Peer peer;
    TimePoint due;
    double margin_ms = 0.0; ///< that it had when it came
    std::vector<Message> messages;
};

/// The bundles that wait for their time, a bounded number of them. Belongs to the control thread.
class TimedBundles {
  public:
    static constexpr std::size_t kPerPeer = 512;
    static constexpr std::size_t kInAll = 2048;
    static constexpr std::chrono::seconds kHorizon{60};

    /// How many more of this peer have room.
    std::size_t room(const Peer &peer) const;
    /// There must be room.
    void add(TimedBundle bundle);
    /// Those that are due by then, by their time and then as they came. They keep their room until
    /// release().
    std::vector<TimedBundle> take(TimePoint until);
    void release(const Peer &peer);

    std::optional<TimePoint> next_due() const;

  private:
    std::multimap<TimePoint, TimedBundle> waiting_;
    std::unordered_map<Peer, std::size_t, PeerHash> counts_; ///< of each peer, also those taken
    std::size_t count_ = 0;
};

} // namespace headroom::osc
