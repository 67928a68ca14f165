// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/tcp_connections.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace headroom::osc {

namespace {

/// Tokens of connections; those of everything else are file descriptors.
constexpr std::uint64_t kConnectionToken = std::uint64_t{1} << 32;
constexpr std::size_t kReadBytes = 4096;

FileDescriptor open_spare() {
    return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/// The system asks a client that is silent whether it is still there, and gives up one that does
/// not take what is sent to it.
void keep_alive(int fd) {
    constexpr int kOn = 1;
    constexpr int kIdle_s = 10;
    constexpr int kInterval_s = 5;
    constexpr int kProbes = 3;
    constexpr int kUnacknowledged_ms = 25'000;
    for (const auto &[level, option, value] :
         {std::tuple(int{SOL_SOCKET}, SO_KEEPALIVE, kOn),
          std::tuple(int{IPPROTO_TCP}, TCP_KEEPIDLE, kIdle_s),
          std::tuple(int{IPPROTO_TCP}, TCP_KEEPINTVL, kInterval_s),
          std::tuple(int{IPPROTO_TCP}, TCP_KEEPCNT, kProbes),
          std::tuple(int{IPPROTO_TCP}, TCP_USER_TIMEOUT, kUnacknowledged_ms)})
        ::setsockopt(fd, level, option, &value, sizeof value);
}

} // namespace

TcpConnections::TcpConnections(int poll_fd, Admit admit, Take take, Gone gone, Work work, Now now)
    : poll_fd_(poll_fd),
      admit_(std::move(admit)),
      take_(std::move(take)),
      gone_(std::move(gone)),
      work_(std::move(work)),
      now_(std::move(now)),
      spare_(open_spare()) {}

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
    for (;;) {
        errno = 0;
        auto accepted = listener.accept();
        if (!accepted && (errno == EMFILE || errno == ENFILE) && spare_) {
            // Else one that waits would keep the loop awake for nothing. Without a descriptor
            // accept() does not tell whether any does.
            spare_ = FileDescriptor();
            const bool waited = listener.accept().has_value(); // and is closed
            spare_ = open_spare();
            if (waited)
                continue;
            return;
        }
        if (!accepted)
            return;
        auto &[stream, from] = *accepted;
        auto peer = admit_(from, stream.local());
        if (!peer)
            continue; // closes it
        make_room();
        keep_alive(stream.fd());
        peer->connection = ++last_connection_;
        Connection added{.stream = std::move(stream), .peer = *peer};
        added.since = added.heard = now_();
        const auto at = connections_.emplace(last_connection_, std::move(added)).first;
        watch(at->second, EPOLL_CTL_ADD);
    }
}

void TcpConnections::make_room() {
    std::map<std::string, std::size_t> of_address;
    std::size_t open = 0;
    for (const auto &[number, known] : connections_)
        if (!known.is_broken && !known.is_elsewhere) {
            ++of_address[known.peer.endpoint.host()];
            ++open;
        }
    if (open < kConnections)
        return;
    Connection *oldest = nullptr;
    const auto stands_before = [&](const Connection &a, const Connection &b) {
        const auto count = [&](const Connection &c) { return of_address[c.peer.endpoint.host()]; };
        if (a.peer.may_ask != b.peer.may_ask)
            return !a.peer.may_ask;
        return count(a) != count(b) ? count(a) > count(b) : a.heard < b.heard;
    };
    for (auto &[number, known] : connections_)
        if (!known.is_broken && !known.is_elsewhere &&
            (oldest == nullptr || stands_before(known, *oldest)))
            oldest = &known;
    oldest->is_broken = true;
    ::shutdown(oldest->stream.fd(), SHUT_RDWR);
}

/// Ends the connection, telling a client that may be of good will why.
void TcpConnections::refuse(Connection &connection, const std::string &why) {
    const auto error =
        frame(encode({"/headroom/error", {std::string(), std::int32_t{1 /* malformed */}, why}}),
              connection.deframer.framing().value_or(Framing::length));
    if (connection.unsent.empty())
        (void)connection.stream.send(error);
    connection.is_broken = true;
}

bool TcpConnections::speaks_http(const Connection &connection) {
    if (connection.deframer.framing())
        return false;
    const auto first = connection.stream.peek();
    return first && *first >= 'A' && *first <= 'Z';
}

void TcpConnections::watch(const Connection &connection, int operation) const {
    epoll_event event{};
    event.events = (connection.has_ended ? 0u : std::uint32_t{EPOLLIN}) |
                   (connection.unsent.empty() ? 0u : std::uint32_t{EPOLLOUT});
    event.data.u64 = kConnectionToken + connection.peer.connection;
    ::epoll_ctl(poll_fd_, operation, connection.stream.fd(), &event);
}

void TcpConnections::read(Connection &connection) {
    if (connection.has_ended || connection.is_broken || connection.is_elsewhere ||
        work_.is_full(connection.peer))
        return;
    if (speaks_http(connection)) {
        if (!hand_over_) {
            connection.is_broken = true;
            return;
        }
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
    connection.heard = now_();
    const auto good = connection.deframer.feed(std::span(buffer).first(**size),
                                               [&](std::span<const std::uint8_t> packet) {
                                                   connection.has_spoken = true;
                                                   take_(connection.peer, packet);
                                               });
    if (!good)
        refuse(connection, good.error());
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

void TcpConnections::admit_again(const AdmitAgain &admit) {
    for (auto &[number, connection] : connections_) {
        if (const auto peer = admit(connection.peer))
            connection.peer = *peer;
        else
            connection.is_broken = true;
    }
}

void TcpConnections::sweep() {
    const auto now = now_();
    std::erase_if(connections_, [](const auto &known) { return known.second.is_elsewhere; });
    for (auto at = connections_.begin(); at != connections_.end();) {
        Connection &connection = at->second;
        const bool is_done =
            connection.has_ended && connection.unsent.empty() && !work_.is_waiting(connection.peer);
        const bool is_mute = !connection.has_spoken && now - connection.since >= kFirstPacket;
        if (!connection.is_broken && !is_done && !is_mute) {
            ++at;
            continue;
        }
        if (is_mute && !connection.is_broken)
            refuse(connection,
                   "no whole packet came; on a stream a packet stands behind its length "
                   "in four bytes, or between SLIP ENDs");
        gone_(connection.peer);
        at = connections_.erase(at);
    }
}

std::optional<std::chrono::steady_clock::time_point> TcpConnections::next_due() const {
    std::optional<std::chrono::steady_clock::time_point> next;
    for (const auto &[number, connection] : connections_)
        if (!connection.has_spoken) {
            const auto due = connection.since + kFirstPacket;
            next = next ? std::min(*next, due) : due;
        }
    return next;
}

} // namespace headroom::osc
