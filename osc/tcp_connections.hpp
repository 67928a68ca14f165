// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/peer.hpp"
#include "osc/subscriptions.hpp"
#include "osc/wire/framing.hpp"
#include "osc/wire/transport.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace headroom::osc {

/// The TCP side of the server: listeners and connections on an epoll instance. What a client does
/// not read is bounded: updates are refused while anything waits here or much in the kernel, and
/// with more than kUnsentBytes of answers waiting the connection ends. Belongs to the control
/// thread.
class TcpConnections {
  public:
    static constexpr std::size_t kConnections = 64;
    static constexpr std::size_t kUnsentBytes = 256 * 1024;
    static constexpr std::size_t kUpdateBytes = 32 * 1024; ///< in the kernel, with updates

    /// Whether a caller may connect, and what he may do: nothing where he may not.
    using Admit = std::function<std::optional<Peer>(const Endpoint &)>;
    /// Gets every packet that arrives, and whose it is.
    using Take = std::function<void(const Peer &, std::span<const std::uint8_t>)>;
    using Gone = std::function<void(const Peer &)>;
    /// Gets the connections that speak HTTP.
    using HandOver = std::function<void(FileDescriptor, const Peer &)>;

    TcpConnections(int poll_fd, Admit admit, Take take, Gone gone);

    void listen(TcpListener listener);
    /// From here on a connection that begins with a capital letter, as HTTP does and OSC in neither
    /// framing, goes to `hand_over`; without one it is a broken one.
    void set_hand_over(HandOver hand_over) { hand_over_ = std::move(hand_over); }

    /// Something may be done for the token of an epoll event, which is ours if owns() says so.
    bool owns(std::uint64_t token) const;
    void ready(std::uint64_t token);

    /// False where the connection is gone, or is too slow for an update.
    bool deliver(const Peer &peer, std::span<const std::uint8_t> packet, Delivery delivery);

    /// Asks again who may be connected, and what he may do. sweep() closes the others.
    void admit_again();

    /// Closes what has ended, after the last answers.
    void sweep();

  private:
    struct Connection {
        TcpStream stream;
        Peer peer;
        Deframer deframer;
        std::vector<std::uint8_t> unsent;
        bool has_ended = false; ///< the other side sends no more
        bool is_broken = false;
        bool is_elsewhere = false; ///< handed over
    };

    void accept(TcpListener &listener);
    bool speaks_http(const Connection &connection) const;
    void read(Connection &connection);
    void write(Connection &connection);
    /// Asks epoll for what the connection waits for.
    void watch(const Connection &connection, int operation) const;

    int poll_fd_;
    Admit admit_;
    Take take_;
    Gone gone_;
    HandOver hand_over_;
    std::map<std::uint64_t, TcpListener> listeners_;
    std::map<std::uint64_t, Connection> connections_;
    std::uint64_t last_connection_ = 0;
};

} // namespace headroom::osc
