// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/clock.hpp"
#include "osc/peer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace headroom::osc {

/// The numbers of packets that came of late, by which one that comes again is known. A bounded
/// number of them. Belongs to the control thread.
class OnceNumbers {
  public:
    static constexpr std::size_t kPerPeer = 512; ///< the newest
    /// Most peers; one more takes the place of the one that was silent for longest.
    static constexpr std::size_t kPeers = 128;

    /// False where the number came before.
    bool take(const Peer &peer, std::int32_t number, TimePoint now) {
        if (states_.size() >= kPeers && !states_.contains(peer))
            states_.erase(
                std::min_element(states_.begin(), states_.end(), [](const auto &a, const auto &b) {
                    return a.second.heard < b.second.heard;
                }));
        State &state = states_[peer];
        state.heard = now;
        const auto known =
            state.numbers.begin() + static_cast<std::ptrdiff_t>(std::min(state.count, kPerPeer));
        if (std::find(state.numbers.begin(), known, number) != known)
            return false;
        state.numbers[state.count++ % kPerPeer] = number;
        return true;
    }

    void forget(const Peer &peer) { states_.erase(peer); }

  private:
    struct State {
        TimePoint heard;
        std::size_t count = 0; ///< of all that came
        std::array<std::int32_t, kPerPeer> numbers;
    };
    std::unordered_map<Peer, State, PeerHash> states_;
};

} // namespace headroom::osc
