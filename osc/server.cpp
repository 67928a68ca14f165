// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/server.hpp"

#include "osc/admission.hpp"
#include "osc/dispatcher.hpp"
#include "osc/listen_addresses.hpp"
#include "osc/server_sockets.hpp"
#include "osc/udp_sockets.hpp"
#include "osc/wire/transport.hpp"

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

namespace headroom::osc {

namespace {

tl::unexpected<Diagnostic> cannot_listen(const SocketError &error, std::uint16_t port) {
    return failure(error.text, error.code == EADDRINUSE ? remedy_for_port(port) : "");
}

} // namespace

struct Server::Impl {
    Impl(control::EventLoop &on, control::ControlSurface &surface, const ServerOptions &options)
        : loop(on),
          exchange(options.exchange),
          udp(on, [this] { want_turn(); }),
          shared(options.socket),
          take_aside(options.take_aside),
          dispatcher(
              surface, static_cast<std::int32_t>(std::random_device{}() & 0x7fffffff),
              [this](const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) {
                  return deliver(peer, bytes, delivery);
              },
              [this] { want_turn(); }, options.flow_control,
              Clock([this] { return clock(); }, options.wall_clock)),
          admission(options.trusted, options.users, options.notice),
          tcp(
              on, [this] { want_turn(); },
              [this](const Endpoint &from, const Endpoint &to) {
                  return admission.admit_connection(from, to, clock());
              },
              [this](const Peer &peer, std::span<const std::uint8_t> bytes) {
                  dispatcher.handle(peer, bytes, clock());
              },
              [this](const Peer &peer) { dispatcher.forget(peer); },
              {[this](const Peer &peer) {
                   return dispatcher.is_full(peer, 4 * PacketLimits::kDatagramBytes);
               },
               [this](const Peer &peer) { return dispatcher.has_work(peer); }}) {
        dispatcher.set_own([this](const Endpoint &to) { return udp.is_own(to); });
    }

    control::EventLoop &loop;
    std::function<void()> exchange;
    control::EventLoop::Watch turn; ///< at the end of the loop's
    control::EventLoop::Watch timer;
    std::optional<TimePoint> due; ///< that the timer waits for
    UdpSockets udp;
    std::shared_ptr<UdpSocket> shared;
    std::function<bool(const Endpoint &, std::span<const std::uint8_t>)> take_aside;
    Dispatcher dispatcher;
    Admission admission;
    std::vector<Peer> strangers; ///< of this turn, to be asked for the number after their answers
    TcpConnections tcp;
    Web *web = nullptr;
    bool is_in_turn = false;          ///< what a command does waits for the end of it
    std::vector<Diagnostic> mistakes; ///< of the settings at the start

    TimePoint clock() const { return loop.now(); }

    void want_turn() {
        if (!turn)
            turn = loop.on_turn_end([this] { take_turn(); });
    }

    /// UDP and, where it is wanted, TCP on the same port. Returns the port.
    tl::expected<std::uint16_t, SocketError> listen(const Endpoint &local, bool with_tcp) {
        auto socket = UdpSocket::bind(local);
        if (!socket)
            return tl::unexpected(socket.error());
        return serve(std::make_shared<UdpSocket>(std::move(*socket)), with_tcp);
    }

    tl::expected<std::uint16_t, SocketError> serve(std::shared_ptr<UdpSocket> socket,
                                                   bool with_tcp) {
        const Endpoint bound = socket->local();
        if (with_tcp) {
            auto listener = TcpListener::bind(bound);
            if (!listener)
                return tl::unexpected(listener.error());
            tcp.listen(std::move(*listener));
        }
        udp.add(std::move(socket));
        return bound.port();
    }

    bool deliver(const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) {
        if (peer.connection != 0)
            return tcp.deliver(peer, bytes, delivery) ||
                   (web != nullptr && web->deliver(peer, bytes, delivery));
        // Who may not ask hears why.
        return (!peer.may_ask || admission.may_send(peer.endpoint, bytes.size(), clock())) &&
               udp.send(peer, bytes);
    }

    void challenge(const Peer &stranger) {
        if (const auto question = admission.challenge(stranger.endpoint, clock()))
            udp.send(stranger, *question);
    }

    /// The one of our sockets that reaches the endpoint; opened if there is none and it is a peer
    /// on a network.
    const UdpSockets::Socket *socket_towards(const Endpoint &endpoint) {
        if (const auto *known = udp.towards(endpoint))
            return known;
        const auto local = address_towards(endpoint);
        constexpr bool kWithTcp = true;
        if (!local || !listen(local->with_port(udp.port()), !kWithTcp))
            return nullptr;
        return udp.towards(endpoint);
    }

    Result<void> add_peer(const OscPeer &peer) {
        const auto endpoint = Endpoint::parse(peer.address, peer.port);
        const auto form = find_form(peer.form);
        if (!endpoint || !form)
            return failure("OSC cannot send to the peer " + peer.address + " in the form " +
                               peer.form,
                           "give an IP address, and natural, norm or text");
        if (udp.is_own(*endpoint))
            return failure("the OSC peer " + endpoint->text() + " is headroom itself",
                           "give the address and port that the surface listens on");
        const auto *from = socket_towards(*endpoint);
        if (from == nullptr)
            return failure("OSC cannot reach the surface " + endpoint->text() +
                               " from this machine now; the rest runs",
                           "connect the machine to its network, then headroom profile reload; or "
                           "mend its address under osc: peers:");
        const int rate_hz = std::clamp(peer.rate_hz, 1, Interest::kMaximumRate_hz);
        const auto added = dispatcher.add_static_peer(
            {.endpoint = *endpoint, .socket = from->number, .may_set = !peer.read_only},
            {peer.pattern, rate_hz, *form}, clock());
        if (!added)
            return failure("OSC peer " + endpoint->text() + ", " + peer.pattern + ": " +
                           added.error().text);
        return {};
    }

    std::vector<Diagnostic> adopt(const OscSettings &network) {
        admission.adopt(network);
        dispatcher.end_static_peers();
        for (const Peer &peer : dispatcher.subscribers())
            if (peer.connection == 0 && !admission.may_hear(peer.endpoint))
                dispatcher.forget(peer);
        const auto again = [this](const Peer &peer) {
            return admission.admit_again(peer, clock());
        };
        tcp.admit_again(again);
        if (web != nullptr)
            web->admit_again(again);
        std::vector<Diagnostic> unfollowed;
        for (const OscPeer &peer : network.peers)
            if (auto added = add_peer(peer); !added)
                unfollowed.push_back(added.error());
        return unfollowed;
    }

    /// Returns whether more may come in this turn.
    bool take_packet(const UdpSockets::Socket &socket, const DatagramBatch::Datagram &datagram) {
        const TimePoint now = clock();
        const auto &[from, bytes, is_cut] = datagram;
        if (socket.socket == shared && take_aside && take_aside(from, bytes))
            return true;
        auto peer = admission.admit(from, socket.local, now);
        if (!peer)
            return !admission.is_turn_full();
        peer->socket = socket.number;
        const auto standing = admission.meet(from, bytes, now);
        if (standing == Admission::Standing::refused)
            return !admission.is_turn_full();
        if (standing == Admission::Standing::asking)
            challenge(*peer);
        else if (standing == Admission::Standing::unknown)
            strangers.push_back(*peer);
        if (is_cut)
            dispatcher.refuse_packet(*peer, "the packet is too long", now);
        else
            dispatcher.handle(*peer, bytes, now);
        return !admission.is_turn_full();
    }

    /// Once everything that waits anywhere has been read, carries it out.
    void take_turn() {
        turn.end();
        is_in_turn = true;
        exchange();
        udp.read([this](const UdpSockets::Socket &socket, const DatagramBatch::Datagram &datagram) {
            return take_packet(socket, datagram);
        });
        dispatcher.finish_turn(clock());
        if (dispatcher.has_work())
            want_turn();
        for (const Peer &stranger : std::exchange(strangers, {}))
            challenge(stranger);
        admission.finish_turn();
        flush();
        exchange();
        is_in_turn = false;
    }

    /// Sends what is due, and comes back when more is.
    void flush() {
        const TimePoint now = clock();
        tcp.sweep();
        auto next = dispatcher.flush(now);
        if (const auto other = tcp.next_due())
            next = std::min(next.value_or(*other), *other);
        if (std::exchange(due, next) == next)
            return;
        if (!next)
            return timer.end();
        timer = loop.on_timer(std::max(*next - now, control::EventLoop::Duration(1)), [this] {
            due.reset();
            timer.end();
            is_in_turn = true;
            exchange();
            flush();
            exchange();
            is_in_turn = false;
            return control::EventLoop::Duration(-1);
        });
    }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(control::EventLoop &loop, const ServerOptions &options,
                                             control::ControlSurface &surface) {
    const auto addresses = listen_addresses(options);
    if (!addresses)
        return tl::unexpected(addresses.error());
    const auto &[first, others] = *addresses;
    auto impl = std::make_unique<Impl>(loop, surface, options);
    auto port = options.socket ? impl->serve(options.socket, options.tcp)
                               : impl->listen(first, options.tcp);
    // Of a port that was free for UDP, TCP may be in use: then another free one is tried.
    for (int tries = 0; !port && !options.socket && options.port == 0 && tries < 16; ++tries)
        port = impl->listen(first, options.tcp);
    if (!port)
        return cannot_listen(port.error(), options.port);
    for (const Endpoint &other : others) {
        const auto bound = impl->listen(other.with_port(*port), options.tcp);
        if (!bound && bound.error().code == EADDRINUSE)
            return cannot_listen(bound.error(), *port);
        if (!bound && other.host() != "::1") // which not every machine has
            impl->mistakes.push_back(
                {.message = bound.error().text + "; OSC listens without it",
                 .remedy = "name an address that this machine has under osc: listen:"});
    }
    const auto unfollowed = impl->adopt(options.network);
    impl->mistakes.insert(impl->mistakes.end(), unfollowed.begin(), unfollowed.end());
    impl->flush();
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const {
    return impl_->udp.port();
}

std::vector<Diagnostic> Server::adopt(const OscSettings &network) {
    auto mistakes = impl_->adopt(network);
    if (!impl_->is_in_turn)
        impl_->flush();
    return mistakes;
}

const std::vector<Diagnostic> &Server::mistakes() const {
    return impl_->mistakes;
}

void Server::attach(Web *web) {
    impl_->web = web;
    if (web == nullptr)
        impl_->tcp.set_hand_over({});
    else
        impl_->tcp.set_hand_over([web](FileDescriptor socket, const Peer &peer) {
            web->adopt(std::move(socket), peer);
        });
}

void Server::take(const Peer &peer, std::span<const std::uint8_t> bytes) {
    impl_->dispatcher.handle(peer, bytes, impl_->clock());
    impl_->want_turn(); // never carried out while it is being read
}

void Server::refresh() const {
    impl_->exchange();
}

void Server::forget(const Peer &peer) {
    impl_->dispatcher.forget(peer);
}

const AddressSpace &Server::addresses() const {
    return impl_->dispatcher.addresses();
}

} // namespace headroom::osc
