// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/server.hpp"

#include "osc/dispatcher.hpp"
#include "osc/tcp_connections.hpp"
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

constexpr int kSocketBufferBytes = 1 << 20;

bool is_loopback(const Endpoint &endpoint) {
    return endpoint.host() == "::1" || endpoint.host().starts_with("127.");
}

tl::unexpected<Diagnostic> cannot_listen(const SocketError &error, std::uint16_t port) {
    if (error.code == EADDRINUSE)
        return failure(error.text, "another headroom, or another program, has the port: end it (ss "
                                   "-tulpn 'sport = :" +
                                       std::to_string(port) +
                                       "' shows which), or choose another OSC port");
    return failure(error.text);
}

/// Bursts wait in the kernel while the values before them are applied, and what waits for a host
/// that does not answer leaves room for the others.
void widen_buffers(int fd) {
    for (const auto &[forced, asked] :
         {std::pair(SO_RCVBUFFORCE, SO_RCVBUF), std::pair(SO_SNDBUFFORCE, SO_SNDBUF)})
        if (::setsockopt(fd, SOL_SOCKET, forced, &kSocketBufferBytes, sizeof kSocketBufferBytes) !=
            0)
            ::setsockopt(fd, SOL_SOCKET, asked, &kSocketBufferBytes, sizeof kSocketBufferBytes);
}

std::int32_t new_epoch() {
    return static_cast<std::int32_t>(std::random_device{}() & 0x7fffffff);
}

} // namespace

struct Server::Impl {
    Impl(control::ControlSurface &surface, const ServerOptions &options)
        : clock(options.clock),
          dispatcher(
              surface, new_epoch(),
              [this](const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) {
                  return deliver(peer, bytes, delivery);
              },
              [this] { ::eventfd_write(wake.get(), 1); }, options.flow_control,
              Clock(options.clock, options.wall_clock)),
          tcp(
              poll.get(),
              [this](const Peer &peer, std::span<const std::uint8_t> bytes) {
                  dispatcher.handle(peer, bytes, clock());
              },
              [this](const Peer &peer) { dispatcher.forget(peer); }) {}

    struct Listener {
        UdpSocket socket;
        Endpoint local;
    };

    std::function<TimePoint()> clock;
    FileDescriptor poll{::epoll_create1(EPOLL_CLOEXEC)};
    FileDescriptor wake{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    FileDescriptor timer{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    std::vector<Listener> sockets; ///< at most one of a family
    Dispatcher dispatcher;
    TcpConnections tcp;

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
        const Endpoint bound = socket->local();
        if (with_tcp) {
            auto listener = TcpListener::bind(bound);
            if (!listener)
                return tl::unexpected(listener.error());
            tcp.listen(std::move(*listener));
        }
        widen_buffers(socket->fd());
        watch(socket->fd());
        sockets.push_back({std::move(*socket), bound});
        return bound.port();
    }

    bool deliver(const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) {
        if (peer.connection != 0)
            return tcp.deliver(peer, bytes, delivery);
        for (auto &[socket, local] : sockets)
            if (local.family() == peer.endpoint.family())
                return socket.send(bytes, peer.endpoint);
        return false;
    }

    /// Handles what waits on a UDP socket, as much as one turn may.
    void take_packets(UdpSocket &socket) {
        std::array<std::uint8_t, PacketLimits::kDatagramBytes> buffer;
        for (int left = kPacketsPerTurn; left > 0 && !dispatcher.is_turn_full(); --left) {
            const auto received = socket.receive(buffer);
            if (!received || !*received)
                return;
            const Peer peer{(*received)->from};
            const std::size_t size = (*received)->size;
            if (size > buffer.size())
                dispatcher.refuse_packet(peer, "the packet is too long", clock());
            else
                dispatcher.handle(peer, std::span(buffer).first(size), clock());
        }
    }

    /// Handles what waits anywhere, UDP first: there the kernel drops what waits too long. No
    /// socket can keep the others from their turn.
    void take_turn() {
        for (auto &listener : sockets)
            take_packets(listener.socket);
        std::rotate(sockets.begin(), sockets.begin() + 1, sockets.end());
        std::array<epoll_event, 2 * TcpConnections::kConnections> events;
        const int count =
            ::epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), 0);
        for (int i = 0; i < count; ++i)
            if (tcp.owns(events[static_cast<std::size_t>(i)].data.u64))
                tcp.ready(events[static_cast<std::size_t>(i)].data.u64);
        dispatcher.finish_turn(clock());
        tcp.sweep();
    }

    /// Sends what is due, and has fd() become readable when more is.
    int flush() {
        const TimePoint now = clock();
        const auto next = dispatcher.flush(now);
        tcp.sweep();
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
    const auto local = Endpoint::parse(options.address, options.port);
    if (!local || !is_loopback(*local))
        return failure("OSC cannot listen on \"" + options.address + "\"",
                       "give a loopback address such as 127.0.0.1");
    auto impl = std::make_unique<Impl>(surface, options);
    if (!impl->poll || !impl->wake || !impl->timer)
        return failure("OSC cannot start: no file descriptors are left");
    impl->watch(impl->wake.get());
    impl->watch(impl->timer.get());

    auto port = impl->listen(*local, options.tcp);
    // Of a port that was free for UDP, TCP may be in use: then another free one is tried.
    for (int tries = 0; !port && options.port == 0 && tries < 16; ++tries)
        port = impl->listen(*local, options.tcp);
    if (!port)
        return cannot_listen(port.error(), options.port);
    if (options.ipv6 && local->family() == AF_INET) {
        const auto second = impl->listen(*Endpoint::parse("::1", *port), options.tcp);
        if (!second && second.error().code == EADDRINUSE)
            return cannot_listen(second.error(), *port);
    }
    for (const StaticPeer &peer : options.peers) {
        const auto endpoint = Endpoint::parse(peer.address, peer.port);
        const auto form = find_form(peer.form);
        if (!endpoint || !is_loopback(*endpoint) || !form)
            return failure("OSC cannot send to the peer " + peer.address + " in the form " +
                               peer.form,
                           "give a loopback address, and natural, norm or text");
        const int rate_hz = std::clamp(peer.rate_hz, 1, Interest::kMaximumRate_hz);
        const auto added = impl->dispatcher.add_static_peer(
            {*endpoint}, {peer.pattern, rate_hz, *form}, impl->clock());
        if (!added)
            return failure("OSC peer " + endpoint->text() + ", " + peer.pattern + ": " +
                           added.error().text);
    }
    impl->flush();
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::fd() const {
    return impl_->poll.get();
}

std::uint16_t Server::port() const {
    return impl_->sockets.front().local.port();
}

void Server::on_readable() {
    impl_->take_turn();
    eventfd_t count = 0;
    ::eventfd_read(impl_->wake.get(), &count);
    impl_->flush();
}

int Server::on_timer() {
    return impl_->flush();
}

} // namespace headroom::osc
