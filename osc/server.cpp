// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/server.hpp"

#include "osc/dispatcher.hpp"
#include "osc/wire/transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <random>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace headroom::osc {

namespace {

constexpr int kReceiveBufferBytes = 1 << 20;

bool is_loopback(const Endpoint &endpoint) {
    return endpoint.host() == "::1" || endpoint.host().starts_with("127.");
}

tl::unexpected<Diagnostic> cannot_listen(const SocketError &error, std::uint16_t port) {
    if (error.code == EADDRINUSE)
        return failure(error.text, "another headroom, or another program, has the port: end it (ss "
                                   "-ulpn 'sport = :" +
                                       std::to_string(port) +
                                       "' shows which), or choose another OSC port");
    return failure(error.text);
}

/// Bursts wait in the kernel while the values before them are applied.
void widen_receive_buffer(int fd) {
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes,
                     sizeof kReceiveBufferBytes) != 0)
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
}

std::int32_t new_epoch() {
    return static_cast<std::int32_t>(std::random_device{}() & 0x7fffffff);
}

} // namespace

struct Server::Impl {
    Impl(control::ControlSurface &surface, std::function<TimePoint()> now)
        : clock(std::move(now)),
          dispatcher(
              surface, new_epoch(),
              [this](const Peer &peer, std::span<const std::uint8_t> bytes) {
                  return deliver(peer, bytes);
              },
              [this] { ::eventfd_write(wake.get(), 1); }) {}

    std::function<TimePoint()> clock;
    FileDescriptor poll{::epoll_create1(EPOLL_CLOEXEC)};
    FileDescriptor wake{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    struct Listener {
        UdpSocket socket;
        Endpoint local;
    };
    std::vector<Listener> sockets; ///< at most one of a family
    Dispatcher dispatcher;

    void watch(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, fd, &event);
    }

    void listen(UdpSocket socket) {
        widen_receive_buffer(socket.fd());
        watch(socket.fd());
        const Endpoint local = socket.local();
        sockets.push_back({std::move(socket), local});
    }

    bool deliver(const Peer &peer, std::span<const std::uint8_t> bytes) {
        for (auto &[socket, local] : sockets)
            if (local.family() == peer.endpoint.family())
                return socket.send(bytes, peer.endpoint);
        return false;
    }

    /// False where nothing waited.
    bool take_packet(UdpSocket &socket) {
        std::array<std::uint8_t, PacketLimits::kDatagramBytes> buffer;
        const auto received = socket.receive(buffer);
        if (!received || !*received)
            return false;
        const Peer peer{(*received)->from};
        const std::size_t size = (*received)->size;
        if (size > buffer.size())
            dispatcher.refuse_packet(peer, "the packet is too long", clock());
        else
            dispatcher.handle(peer, std::span(buffer).first(size), clock());
        return true;
    }

    int flush() {
        const TimePoint now = clock();
        const auto next = dispatcher.flush(now);
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
    auto impl = std::make_unique<Impl>(surface, options.clock);
    if (!impl->poll || !impl->wake)
        return failure("OSC cannot start: no file descriptors are left");
    impl->watch(impl->wake.get());

    auto socket = UdpSocket::bind(*local);
    if (!socket)
        return cannot_listen(socket.error(), options.port);
    const std::uint16_t port = socket->local().port();
    impl->listen(std::move(*socket));

    if (options.ipv6 && local->family() == AF_INET) {
        auto second = UdpSocket::bind(*Endpoint::parse("::1", port));
        if (second)
            impl->listen(std::move(*second));
        else if (second.error().code == EADDRINUSE)
            return cannot_listen(second.error(), port);
    }
    for (const StaticPeer &peer : options.peers) {
        const auto endpoint = Endpoint::parse(peer.address, peer.port);
        const auto form = find_form(peer.form);
        if (!endpoint || !is_loopback(*endpoint) || !form)
            return failure("OSC cannot send to the peer " + peer.address + " in the form " +
                               peer.form,
                           "give a loopback address, and natural, norm or text");
        const auto added = impl->dispatcher.add_static_peer({*endpoint}, peer.pattern, peer.rate_hz,
                                                            *form, impl->clock());
        if (!added)
            return failure("OSC peer " + endpoint->text() + ", " + peer.pattern + ": " +
                           added.error().text);
    }
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::fd() const {
    return impl_->poll.get();
}

std::uint16_t Server::port() const {
    return impl_->sockets.front().local.port();
}

void Server::on_readable() {
    int left = kPacketsPerTurn;
    for (bool any = true; any && left > 0 && !impl_->dispatcher.is_turn_full();) {
        any = false;
        for (auto &listener : impl_->sockets)
            if (impl_->take_packet(listener.socket)) {
                any = true;
                --left;
            }
    }
    impl_->dispatcher.finish_turn();
    eventfd_t count = 0;
    ::eventfd_read(impl_->wake.get(), &count);
    impl_->flush();
}

int Server::on_timer() {
    return impl_->flush();
}

} // namespace headroom::osc
