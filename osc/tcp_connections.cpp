// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/tcp_connections.hpp"

#include <array>
#include <sys/epoll.h>
#include <utility>

namespace headroom::osc {

namespace {

/// Tokens of connections; those of everything else are file descriptors.
constexpr std::uint64_t kConnectionToken = std::uint64_t{1} << 32;
constexpr std::size_t kReadBytes = 4096;

} // namespace

TcpConnections::TcpConnections(int poll_fd, Admit admit, Take take, Gone gone)
    : poll_fd_(poll_fd), admit_(std::move(admit)), take_(std::move(take)), gone_(std::move(gone)) {}

void TcpConnections::listen(TcpListener listener) {
    const auto token = static_cast<std::uint64_t>(listener.fd());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = token;
    ::epoll_ctl(poll_fd_, EPOLL_CTL_ADD, listener.fd(), &event);
    listeners_.emplace(token, std::move(listener));
}

bool TcpConnections::owns(std::uint64_t token) const {
    return token >= kConnectionToken || listeners_.contains(token);
}

void TcpConnections::ready(std::uint64_t token) {
    if (const auto listener = listeners_.find(token); listener != listeners_.end()) {
        accept(listener->second);
        return;
    }
    const auto connection = connections_.find(token - kConnectionToken);
    if (connection == connections_.end())
        return;
    write(connection->second);
    read(connection->second);
}

void TcpConnections::accept(TcpListener &listener) {
    while (auto accepted = listener.accept()) {
        auto &[stream, from] = *accepted;
        auto peer = admit_(from);
        if (!peer || connections_.size() >= kConnections)
            continue; // closes it
        peer->connection = ++last_connection_;
        const auto at =
            connections_.emplace(last_connection_, Connection{std::move(stream), *peer, {}, {}})
                .first;
        watch(at->second, EPOLL_CTL_ADD);
    }
}

void TcpConnections::watch(const Connection &connection, int operation) const {
    epoll_event event{};
    event.events = (connection.has_ended ? 0u : std::uint32_t{EPOLLIN}) |
                   (connection.unsent.empty() ? 0u : std::uint32_t{EPOLLOUT});
    event.data.u64 = kConnectionToken + connection.peer.connection;
    ::epoll_ctl(poll_fd_, operation, connection.stream.fd(), &event);
}

bool TcpConnections::speaks_http(const Connection &connection) const {
    if (!hand_over_ || connection.deframer.framing())
        return false;
    const auto first = connection.stream.peek();
    return first && *first >= 'A' && *first <= 'Z';
}

void TcpConnections::read(Connection &connection) {
    if (connection.has_ended || connection.is_broken || connection.is_elsewhere)
        return;
    if (speaks_http(connection)) {
        connection.is_elsewhere = true;
        ::epoll_ctl(poll_fd_, EPOLL_CTL_DEL, connection.stream.fd(), nullptr);
        hand_over_(std::move(connection.stream).take_socket(), connection.peer);
        return;
    }
    std::array<std::uint8_t, kReadBytes> buffer;
    const auto size = connection.stream.receive(buffer);
    if (!size) {
        connection.is_broken = true;
        return;
    }
    if (!*size)
        return;
    if (**size == 0) {
        connection.has_ended = true;
        watch(connection, EPOLL_CTL_MOD);
        return;
    }
    const auto good = connection.deframer.feed(
        std::span(buffer).first(**size),
        [&](std::span<const std::uint8_t> packet) { take_(connection.peer, packet); });
    if (!good)
        connection.is_broken = true;
}

void TcpConnections::write(Connection &connection) {
    if (connection.unsent.empty() || connection.is_broken)
        return;
    const auto sent = connection.stream.send(connection.unsent);
    if (!sent) {
        connection.is_broken = true;
        return;
    }
    connection.unsent.erase(connection.unsent.begin(),
                            connection.unsent.begin() + static_cast<std::ptrdiff_t>(*sent));
    if (connection.unsent.empty())
        watch(connection, EPOLL_CTL_MOD);
}

bool TcpConnections::deliver(const Peer &peer, std::span<const std::uint8_t> packet,
                             Delivery delivery) {
    const auto at = connections_.find(peer.connection);
    if (at == connections_.end() || at->second.is_broken || at->second.is_elsewhere)
        return false;
    Connection &connection = at->second;
    const bool was_idle = connection.unsent.empty();
    if (delivery == Delivery::update &&
        (!was_idle || connection.stream.on_the_way() > kUpdateBytes))
        return false;
    const auto framed = frame(packet, connection.deframer.framing().value_or(Framing::length));
    if (connection.unsent.size() + framed.size() > kUnsentBytes) {
        connection.is_broken = true;
        return false;
    }
    connection.unsent.insert(connection.unsent.end(), framed.begin(), framed.end());
    if (was_idle) {
        write(connection);
        if (!connection.unsent.empty())
            watch(connection, EPOLL_CTL_MOD);
    }
    return true;
}

void TcpConnections::admit_again() {
    for (auto &[number, connection] : connections_) {
        const auto peer = admit_(connection.peer.endpoint);
        connection.is_broken = connection.is_broken || !peer;
        connection.peer.may_set = peer && peer->may_set;
    }
}

void TcpConnections::sweep() {
    std::erase_if(connections_, [](const auto &known) { return known.second.is_elsewhere; });
    for (auto at = connections_.begin(); at != connections_.end();) {
        const Connection &connection = at->second;
        if (!connection.is_broken && !(connection.has_ended && connection.unsent.empty())) {
            ++at;
            continue;
        }
        gone_(connection.peer);
        at = connections_.erase(at);
    }
}

} // namespace headroom::osc
