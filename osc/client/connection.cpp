// SPDX-License-Identifier: MPL-2.0
#include "osc/client/connection.hpp"

#include <array>
#include <poll.h>
#include <utility>

namespace headroom::osc {

tl::expected<Connection, SocketError> Connection::open(const Endpoint &server, Transport transport,
                                                       std::chrono::milliseconds timeout) {
    if (transport == Transport::udp) {
        auto socket = UdpSocket::connect(server);
        if (!socket)
            return tl::unexpected(socket.error());
        return Connection(std::move(*socket));
    }
    auto stream = TcpStream::connect(server, timeout);
    if (!stream)
        return tl::unexpected(stream.error());
    return Connection(std::move(*stream));
}

void Connection::Stream::flush() {
    const std::size_t sent = unsent.empty() ? 0 : socket.send(unsent).value_or(0);
    unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(sent));
}

void Connection::send(std::span<const std::uint8_t> packet) {
    if (auto *socket = std::get_if<UdpSocket>(&way_)) {
        socket->send(packet);
        return;
    }
    auto &stream = std::get<Stream>(way_);
    const auto framed = frame(packet, Framing::length);
    if (stream.unsent.size() + framed.size() > kUnsentBytes)
        return;
    stream.unsent.insert(stream.unsent.end(), framed.begin(), framed.end());
    stream.flush();
}

bool Connection::wait(std::chrono::milliseconds timeout) {
    if (const auto *socket = std::get_if<UdpSocket>(&way_))
        return socket->wait(timeout);
    auto &stream = std::get<Stream>(way_);
    const auto events = static_cast<short>(stream.unsent.empty() ? POLLIN : POLLIN | POLLOUT);
    pollfd waiting{stream.socket.fd(), events, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(timeout.count(), 0))) <= 0)
        return false;
    stream.flush();
    return true;
}

tl::expected<bool, SocketError> Connection::receive(const Take &take) {
    std::array<std::uint8_t, 4096> buffer;
    if (auto *socket = std::get_if<UdpSocket>(&way_)) {
        const auto received = socket->receive(buffer);
        if (!received)
            return tl::unexpected(received.error());
        if (!*received)
            return false;
        take(std::span(buffer).first(std::min((*received)->size, buffer.size())));
        return true;
    }
    auto &stream = std::get<Stream>(way_);
    const auto size = stream.socket.receive(buffer);
    if (!size)
        return tl::unexpected(size.error());
    if (!*size)
        return false;
    if (**size == 0)
        return tl::unexpected<SocketError>({ECONNRESET, "the connection was closed"});
    if (const auto good = stream.deframer.feed(std::span(buffer).first(**size), take); !good)
        return tl::unexpected<SocketError>({EPROTO, good.error()});
    return true;
}

} // namespace headroom::osc
