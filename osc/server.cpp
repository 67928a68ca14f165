// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/server.hpp"

#include "osc/admission.hpp"
#include "osc/dispatcher.hpp"
#include "osc/listen_addresses.hpp"
#include "osc/server_sockets.hpp"
#include "osc/wire/datagram_batch.hpp"
#include "osc/wire/transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <random>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace headroom::osc {

namespace {

tl::unexpected<Diagnostic> cannot_listen(const SocketError &error, std::uint16_t port) {
    return failure(error.text, error.code == EADDRINUSE ? remedy_for_port(port) : "");
}

} // namespace

struct Server::Impl {
    Impl(control::ControlSurface &surface, const ServerOptions &options)
        : clock(options.clock),
          shared(options.socket),
          take_aside(options.take_aside),
          dispatcher(
              surface, static_cast<std::int32_t>(std::random_device{}() & 0x7fffffff),
              [this](const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) {
                  return deliver(peer, bytes, delivery);
              },
              [this] { ::eventfd_write(wake.get(), 1); }, options.flow_control,
              Clock(options.clock, options.wall_clock)),
          admission(options.trusted, options.users, options.notice),
          tcp(
              poll.get(),
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
               [this](const Peer &peer) { return dispatcher.has_work(peer); }},
              [this] { return clock(); }) {
        dispatcher.set_own([this](const Endpoint &to) { return is_own(to); });
    }

    /// One of our sockets, by any address of this machine.
    bool is_own(const Endpoint &to) const {
        const bool is_port = std::any_of(sockets.begin(), sockets.end(), [&](const Listener &own) {
            return own.local.port() == to.port();
        });
        return is_port && is_of_this_machine(to);
    }

    struct Listener {
        std::shared_ptr<UdpSocket> socket;
        Endpoint local;
        std::size_t number; ///< as in Peer::socket
        std::unique_ptr<DatagramBatch> datagrams = std::make_unique<DatagramBatch>();
    };

    std::function<TimePoint()> clock;
    FileDescriptor poll{::epoll_create1(EPOLL_CLOEXEC)};
    FileDescriptor wake{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    FileDescriptor timer{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    std::vector<Listener> sockets;
    std::shared_ptr<UdpSocket> shared;
    std::function<bool(const Endpoint &, std::span<const std::uint8_t>)> take_aside;
    Dispatcher dispatcher;
    Admission admission;
    std::vector<Peer> strangers; ///< of this turn, to be asked for the number after their answers
    TcpConnections tcp;
    Web *web = nullptr;
    bool is_in_turn = false;          ///< what a command does waits for the end of it
    std::vector<Diagnostic> mistakes; ///< of the settings at the start

    void watch(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = static_cast<std::uint64_t>(fd);
        ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, fd, &event);
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
        widen_buffers(socket->fd());
        watch(socket->fd());
        sockets.push_back({std::move(socket), bound, sockets.size()});
        return bound.port();
    }

    bool deliver(const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) {
        if (peer.connection != 0)
            return tcp.deliver(peer, bytes, delivery) ||
                   (web != nullptr && web->deliver(peer, bytes, delivery));
        // Who may not ask hears why.
        return (!peer.may_ask || admission.may_send(peer.endpoint, bytes.size(), clock())) &&
               send(peer, bytes);
    }

    bool send(const Peer &peer, std::span<const std::uint8_t> bytes) {
        for (Listener &listener : sockets)
            if (listener.number == peer.socket)
                return listener.socket->send(bytes, peer.endpoint);
        return false;
    }

    void challenge(const Peer &stranger) {
        if (const auto question = admission.challenge(stranger.endpoint, clock()))
            send(stranger, *question);
    }

    /// The one of our sockets that reaches the endpoint; opened if there is none and it is a peer
    /// on a network.
    const Listener *socket_towards(const Endpoint &endpoint) {
        const auto at = std::find_if(sockets.begin(), sockets.end(), [&](const Listener &listener) {
            return listener.local.family() == endpoint.family() &&
                   (is_loopback(listener.local) == is_loopback(endpoint) || is_any(listener.local));
        });
        if (at != sockets.end())
            return &*at;
        const auto local = address_towards(endpoint);
        constexpr bool kWithTcp = true;
        if (!local || !listen(local->with_port(sockets.front().local.port()), !kWithTcp))
            return nullptr;
        return &sockets.back();
    }

    Result<void> add_peer(const OscPeer &peer) {
        const auto endpoint = Endpoint::parse(peer.address, peer.port);
        const auto form = find_form(peer.form);
        if (!endpoint || !form)
            return failure("OSC cannot send to the peer " + peer.address + " in the form " +
                               peer.form,
                           "give an IP address, and natural, norm or text");
        if (is_own(*endpoint))
            return failure("the OSC peer " + endpoint->text() + " is headroom itself",
                           "give the address and port that the surface listens on");
        const Listener *from = socket_towards(*endpoint);
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

    /// Handles what waits on a UDP socket, as much as one turn may.
    void take_packets(Listener &listener) {
        for (int left = kPacketsPerTurn; left > 0 && !admission.is_turn_full(); --left) {
            const auto datagram = listener.datagrams->next(*listener.socket);
            if (!datagram)
                return;
            const TimePoint now = clock();
            const auto &[from, bytes, is_cut] = *datagram;
            if (listener.socket == shared && take_aside && take_aside(from, bytes))
                continue;
            auto peer = admission.admit(from, listener.local, now);
            if (!peer)
                continue;
            peer->socket = listener.number;
            const auto standing = admission.meet(from, bytes, now);
            if (standing == Admission::Standing::refused)
                continue;
            if (standing == Admission::Standing::asking)
                challenge(*peer);
            else if (standing == Admission::Standing::unknown)
                strangers.push_back(*peer);
            if (is_cut)
                dispatcher.refuse_packet(*peer, "the packet is too long", now);
            else
                dispatcher.handle(*peer, bytes, now);
        }
        if (listener.datagrams->holds_any())
            ::eventfd_write(wake.get(), 1);
    }

    /// Reads what waits anywhere, UDP first: there the kernel drops what waits too long. No
    /// socket can keep the others from their turn.
    void take_turn() {
        for (auto &listener : sockets)
            take_packets(listener);
        std::rotate(sockets.begin(), sockets.begin() + 1, sockets.end());
        std::array<epoll_event, 2 * TcpConnections::kConnections> events;
        const int count =
            ::epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), 0);
        for (int i = 0; i < count; ++i)
            if (tcp.owns(events[static_cast<std::size_t>(i)].data.u64))
                tcp.ready(events[static_cast<std::size_t>(i)].data.u64);
        dispatcher.finish_turn(clock());
        if (dispatcher.has_work())
            ::eventfd_write(wake.get(), 1);
        for (const Peer &stranger : std::exchange(strangers, {}))
            challenge(stranger);
        admission.finish_turn();
    }

    /// Sends what is due, and has fd() become readable when more is.
    int flush() {
        const TimePoint now = clock();
        auto next = dispatcher.flush(now);
        tcp.sweep();
        if (const auto other = tcp.next_due())
            next = std::min(next.value_or(*other), *other);
        itimerspec due{};
        if (next) {
            const auto wait =
                std::max(std::chrono::nanoseconds(*next - now), std::chrono::nanoseconds(1));
            const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
            due.it_value = {seconds.count(), (wait - seconds).count()};
        }
        ::timerfd_settime(timer.get(), 0, &due, nullptr); // also forgets that it has fired
        if (!next)
            return -1;
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
        return static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
    }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const ServerOptions &options,
                                             control::ControlSurface &surface) {
    const auto addresses = listen_addresses(options);
    if (!addresses)
        return tl::unexpected(addresses.error());
    const auto &[first, others] = *addresses;
    auto impl = std::make_unique<Impl>(surface, options);
    if (!impl->poll || !impl->wake || !impl->timer)
        return failure("OSC cannot start: no file descriptors are left");
    impl->watch(impl->wake.get());
    impl->watch(impl->timer.get());

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

int Server::fd() const {
    return impl_->poll.get();
}

std::uint16_t Server::port() const {
    return impl_->sockets.front().local.port();
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

void Server::on_readable() {
    eventfd_t count = 0;
    ::eventfd_read(impl_->wake.get(), &count);
    impl_->is_in_turn = true;
    impl_->take_turn();
    impl_->flush();
    impl_->is_in_turn = false;
}

int Server::on_timer() {
    impl_->is_in_turn = true;
    const int wait_ms = impl_->flush();
    impl_->is_in_turn = false;
    return wait_ms;
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
    ::eventfd_write(impl_->wake.get(), 1); // never carried out while it is being read
}

void Server::forget(const Peer &peer) {
    impl_->dispatcher.forget(peer);
}

const AddressSpace &Server::addresses() const {
    return impl_->dispatcher.addresses();
}

} // namespace headroom::osc
