// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "config/osc_settings.hpp"
#include "jack_client/control/control_surface.hpp"
#include "jack_client/control/event_loop.hpp"
#include "osc/address_space.hpp"
#include "osc/admission.hpp"
#include "osc/clock.hpp"
#include "osc/subscriptions.hpp"
#include "osc/tcp_connections.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headroom::osc {

struct ServerOptions {
    std::string address = "127.0.0.1"; ///< a loopback address
    std::uint16_t port = 9140;         ///< 0 takes a free one
    bool ipv6 = true;                  ///< the same port of ::1 too, where the machine has it
    bool tcp = true;                   ///< the same port on TCP too
    OscSettings network;               ///< who else is spoken to
    /// Whose packets cannot have come from elsewhere: this machine's.
    std::vector<Network> trusted{*Network::parse("127.0.0.0/8"), *Network::parse("::1")};
    /// Who is behind the sockets of this machine.
    std::shared_ptr<LocalUsers> users = std::make_shared<LocalUsers>();
    std::function<void(const std::string &)> notice; ///< gets what people should know
    /// Called before values are read, and after they were written.
    std::function<void()> exchange = [] {};
    bool flow_control = true; ///< false only to measure what it is good for
    std::function<std::uint64_t()> wall_clock = ntp_now; ///< that people set

    /// Bound to `address`, to be served in place of one of the server's own; `port` is not asked.
    std::shared_ptr<UdpSocket> socket;
    /// Sees each packet of that socket first. True where it was not for the server.
    std::function<bool(const Endpoint &from, std::span<const std::uint8_t>)> take_aside;
};

/// Every parameter and meter on OSC, over UDP and TCP, served by the control thread's loop. What
/// came in is carried out at the end of the loop's turn, after everything that waits has been read.
class Server {
  public:
    /// What takes over the connections that speak HTTP, each under the peer that it was accepted
    /// as.
    class Web {
      public:
        virtual ~Web() = default;
        virtual void adopt(FileDescriptor socket, const Peer &peer) = 0;
        /// As Deliver, to a peer that was adopted.
        virtual bool deliver(const Peer &peer, std::span<const std::uint8_t> bytes,
                             Delivery delivery) = 0;
        /// As TcpConnections::admit_again().
        virtual void admit_again(const TcpConnections::AdmitAgain &admit) = 0;
    };

    /// The loop and the surface must outlive the server. Fails if it cannot listen on the loopback
    /// addresses, or a port is in use; see mistakes() for the rest.
    static Result<std::unique_ptr<Server>>
    open(control::EventLoop &loop, const ServerOptions &options, control::ControlSurface &surface);
    ~Server();

    std::uint16_t port() const;

    /// Takes on who may speak, who may set, and who is told without asking; where it listens stays
    /// as it is. Whoever may not speak any more hears no more. Returns the settings that cannot be
    /// followed, and why; the rest holds.
    std::vector<Diagnostic> adopt(const OscSettings &network);
    /// The same of open().
    const std::vector<Diagnostic> &mistakes() const;

    /// The web must be detached, with nullptr, before it ends.
    void attach(Web *web);
    /// Takes in a packet that came over the web.
    void take(const Peer &peer, std::span<const std::uint8_t> bytes);
    void forget(const Peer &peer);
    /// Calls ServerOptions::exchange.
    void refresh() const;
    const AddressSpace &addresses() const;

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
