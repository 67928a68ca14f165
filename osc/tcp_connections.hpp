// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"
#include "osc/peer.hpp"
#include "osc/subscriptions.hpp"
#include "osc/wire/framing.hpp"
#include "osc/wire/transport.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace headroom::osc {

/// The TCP side of the server: listeners and connections. What a client does not read is bounded:
/// updates are refused while anything waits here or much in the kernel, and with more than
/// kUnsentBytes of answers waiting the connection ends. A client that vanishes is noticed by
/// keepalive; and if all places are taken, a new client takes that of the one heard longest ago
/// among those of the address that has most. Nothing that is being read or carried out is freed:
/// that is left to sweep(). Belongs to the control thread.
class TcpConnections {
  public:
    static constexpr std::size_t kConnections = 64;
    static constexpr std::chrono::seconds kFirstPacket{10}; ///< in which it must have come whole
    static constexpr std::chrono::seconds kPause{2};        ///< within it
    static constexpr std::size_t kUnsentBytes = 256 * 1024;
    static constexpr std::size_t kUpdateBytes = 32 * 1024; ///< in the kernel, with updates

    /// Whether a caller may connect to an end of ours, and what he may do: nothing where he may
    /// not.
    using Admit = std::function<std::optional<Peer>(const Endpoint &from, const Endpoint &to)>;
    /// The same of one who is connected.
    using AdmitAgain = std::function<std::optional<Peer>(const Peer &)>;
    /// Gets every packet that arrives, and whose it is.
    using Take = std::function<void(const Peer &, std::span<const std::uint8_t>)>;
    using Gone = std::function<void(const Peer &)>;
    /// What becomes of the packets of a peer.
    struct Work {
        std::function<bool(const Peer &)> is_full;    ///< no more of it can be taken now
        std::function<bool(const Peer &)> is_waiting; ///< some is still to be answered
    };
    /// Gets the connections that speak HTTP.
    using HandOver = std::function<void(FileDescriptor, const Peer &)>;

    /// `changed` is called when packets have come, or sweep() may have something to close.
    TcpConnections(control::EventLoop &loop, std::function<void()> changed, Admit admit, Take take,
                   Gone gone, Work work);

    void listen(TcpListener listener);
    /// From here on a connection that begins with a capital letter, as HTTP does and OSC in neither
    /// framing, goes to `hand_over`; without one it ends.
    void set_hand_over(HandOver hand_over) { hand_over_ = std::move(hand_over); }

    /// False where the connection is gone, or is too slow for an update.
    bool deliver(const Peer &peer, std::span<const std::uint8_t> packet, Delivery delivery);

    /// Asks again who may be connected, and what he may do. sweep() closes the others.
    void admit_again(const AdmitAgain &admit);

    /// Closes what has ended, after the last answers.
    void sweep();

    /// When sweep() has something to close by then; nothing if that depends on the clients.
    std::optional<std::chrono::steady_clock::time_point> next_due() const;

  private:
    struct Connection {
        TcpStream stream;
        Peer peer;
        Deframer deframer;
        std::vector<std::uint8_t> unsent;
        std::chrono::steady_clock::time_point since{}; ///< it was accepted
        std::chrono::steady_clock::time_point heard{}; ///< of bytes
        bool has_spoken = false;                       ///< a whole packet
        bool has_ended = false;                        ///< the other side sends no more
        bool is_broken = false;
        bool is_elsewhere = false; ///< handed over
        control::EventLoop::Watch reading;
        control::EventLoop::Watch writing;
    };
    struct Listener {
        TcpListener socket;
        control::EventLoop::Watch watch;
    };

    void accept(TcpListener &listener);
    void make_room();
    void refuse(Connection &connection, const std::string &why);
    static bool speaks_http(const Connection &connection);
    /// When one that has sent no whole packet ends.
    static std::chrono::steady_clock::time_point mute_at(const Connection &connection);
    void read(Connection &connection);
    void write(Connection &connection);
    void ready(std::uint64_t number);
    /// Has the loop wait for what the connection waits for.
    void watch(Connection &connection);

    control::EventLoop &loop_;
    std::function<void()> changed_;
    Admit admit_;
    Take take_;
    Gone gone_;
    Work work_;
    HandOver hand_over_;
    FileDescriptor spare_; ///< given up for a moment to refuse a client when no others are left
    std::list<Listener> listeners_;
    std::map<std::uint64_t, Connection> connections_;
    std::uint64_t last_connection_ = 0;
};

} // namespace headroom::osc
