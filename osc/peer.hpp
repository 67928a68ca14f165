// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/local_user.hpp"
#include "osc/wire/transport.hpp"

#include <cstddef>
#include <cstdint>

namespace headroom::osc {

/// Who sent a packet and gets the answers: a UDP endpoint, or one TCP connection.
struct Peer {
    Endpoint endpoint;
    std::uint64_t connection = 0;         ///< counts TCP connections from 1; 0 for UDP
    std::size_t socket = 0;               ///< of ours, that a UDP peer speaks to
    bool may_set = true;                  ///< else it may only ask
    bool may_ask = true;                  ///< else it hears why, whatever it sends
    SocketOwner owner = SocketOwner::own; ///< of a TCP connection, when it was accepted
    bool is_web = false;                  ///< reads one message a frame, no bundles

    /// Whatever either may do.
    bool operator==(const Peer &other) const {
        return endpoint == other.endpoint && connection == other.connection &&
               socket == other.socket;
    }
};

struct PeerHash {
    std::size_t operator()(const Peer &peer) const {
        return peer.endpoint.hash() * 31 + static_cast<std::size_t>(peer.connection);
    }
};

} // namespace headroom::osc
