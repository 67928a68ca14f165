// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"
#include "osc/peer.hpp"
#include "osc/wire/datagram_batch.hpp"
#include "osc/wire/transport.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>

namespace headroom::osc {

/// The UDP side of the server: its sockets, all of one port. Belongs to the control thread.
class UdpSockets {
  public:
    /// Most packets taken from a socket in a turn: more than come during one, so that nobody's wait
    /// behind those of another.
    static constexpr int kPacketsPerTurn = 4096;

    struct Socket {
        std::shared_ptr<UdpSocket> socket;
        Endpoint local;
        std::size_t number; ///< as in Peer::socket
        std::unique_ptr<DatagramBatch> datagrams = std::make_unique<DatagramBatch>();
        bool has_more = false; ///< to be read
        control::EventLoop::Watch watch;
    };
    /// Returns whether there may be more in this turn.
    using Take = std::function<bool(const Socket &, const DatagramBatch::Datagram &)>;

    /// `ready` is called when read() has something to do.
    UdpSockets(control::EventLoop &loop, std::function<void()> ready)
        : loop_(loop), ready_(std::move(ready)) {}

    void add(std::shared_ptr<UdpSocket> socket);

    /// Nothing before add().
    std::uint16_t port() const { return sockets_.empty() ? 0 : sockets_.front().local.port(); }
    /// One of our sockets, by any address of this machine.
    bool is_own(const Endpoint &to) const;
    /// The one that reaches the endpoint; nullptr if none does.
    const Socket *towards(const Endpoint &to) const;

    /// Reads what waits. No socket can keep the others from their turn.
    void read(const Take &take);
    bool send(const Peer &peer, std::span<const std::uint8_t> bytes);

  private:
    bool read(Socket &from, const Take &take);

    control::EventLoop &loop_;
    std::function<void()> ready_;
    std::list<Socket> sockets_;
};

} // namespace headroom::osc
