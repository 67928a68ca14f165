// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/tcp_connections.hpp"

#include "osc/places.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace headroom::osc {

namespace {

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

TcpConnections::TcpConnections(control::EventLoop &loop, std::function<void()> changed, Admit admit,
                               Take take, Gone gone, Work work)
    : loop_(loop),
      changed_(std::move(changed)),
      admit_(std::move(admit)),
      take_(std::move(take)),
      gone_(std::move(gone)),
      work_(std::move(work)),
      spare_(open_spare()) {}

void TcpConnections::listen(TcpListener listener) {
    Listener &added = listeners_.emplace_back(Listener{std::move(listener), {}});
    added.watch = loop_.on_readable(added.socket.fd(), [this, &added] { accept(added.socket); });
}

void TcpConnections::ready(std::uint64_t number) {
    Connection &connection = connections_.at(number);
    write(connection);
    read(connection);
    changed_();
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
        added.since = added.heard = loop_.now();
        const auto at = connections_.emplace(last_connection_, std::move(added)).first;
        watch(at->second);
        changed_();
    }
}

void TcpConnections::make_room() {
    std::vector<Place> open;
    for (const auto &[number, known] : connections_)
        if (!known.is_broken && !known.is_elsewhere)
            open.push_back({number, known.peer.endpoint.host(), known.peer.may_ask, known.heard});
    if (open.size() < kConnections)
        return;
    Connection &oldest = connections_.at(gives_way(open));
    oldest.is_broken = true;
    ::shutdown(oldest.stream.fd(), SHUT_RDWR);
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

void TcpConnections::watch(Connection &connection) {
    const auto ready = [this, number = connection.peer.connection] { this->ready(number); };
    const bool may_come = !connection.has_ended && !connection.is_elsewhere;
    if (!may_come)
        connection.reading.end();
    else if (!connection.reading)
        connection.reading = loop_.on_readable(connection.stream.fd(), ready);
    if (connection.unsent.empty() || connection.is_elsewhere)
        connection.writing.end();
    else if (!connection.writing)
        connection.writing = loop_.on_writable(connection.stream.fd(), ready);
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
        watch(connection);
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
        watch(connection);
        return;
    }
    connection.heard = loop_.now();
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
        changed_();
        return;
    }
    connection.unsent.erase(connection.unsent.begin(),
                            connection.unsent.begin() + static_cast<std::ptrdiff_t>(*sent));
    if (connection.unsent.empty())
        watch(connection);
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
        changed_();
        return false;
    }
    connection.unsent.insert(connection.unsent.end(), framed.begin(), framed.end());
    if (was_idle) {
        write(connection);
        if (!connection.unsent.empty())
            watch(connection);
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

std::chrono::steady_clock::time_point TcpConnections::mute_at(const Connection &connection) {
    const auto last = connection.since + kFirstPacket;
    const bool has_begun = connection.deframer.framing().has_value();
    return has_begun ? std::min(last, connection.heard + kPause) : last;
}

void TcpConnections::sweep() {
    const auto now = loop_.now();
    std::erase_if(connections_, [](const auto &known) { return known.second.is_elsewhere; });
    for (auto at = connections_.begin(); at != connections_.end();) {
        Connection &connection = at->second;
        const bool is_done =
            connection.has_ended && connection.unsent.empty() && !work_.is_waiting(connection.peer);
        const bool is_mute = !connection.has_spoken && now >= mute_at(connection);
        if (!connection.is_broken && !is_done && !is_mute) {
            ++at;
            continue;
        }
        if (is_mute && !connection.is_broken)
            refuse(
                connection,
                "no complete packet arrived: on TCP each packet follows its length in four bytes, "
                "or is a SLIP frame");
        gone_(connection.peer);
        at = connections_.erase(at);
    }
}

std::optional<std::chrono::steady_clock::time_point> TcpConnections::next_due() const {
    std::optional<std::chrono::steady_clock::time_point> next;
    for (const auto &[number, connection] : connections_)
        if (!connection.has_spoken) {
            const auto due = mute_at(connection);
            next = next ? std::min(*next, due) : due;
        }
    return next;
}

} // namespace headroom::osc
