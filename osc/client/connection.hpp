// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/client/client.hpp"
#include "osc/wire/framing.hpp"
#include "osc/wire/transport.hpp"

#include <functional>
#include <variant>

namespace headroom::osc {

/// The way of packets to the server and back, over UDP or TCP. What TCP does not take waits, but
/// not more than kUnsentBytes.
class Connection {
  public:
    static constexpr std::size_t kUnsentBytes = 64 * 1024;

    using Take = std::function<void(std::span<const std::uint8_t>)>;

    static tl::expected<Connection, SocketError> open(const Endpoint &server, Transport transport,
                                                      std::chrono::milliseconds timeout);

    /// A packet for which there is no room is dropped.
    void send(std::span<const std::uint8_t> packet);

    /// Waits until something can be received, sending meanwhile what waits. False at the timeout.
    bool wait(std::chrono::milliseconds timeout);

    /// Hands over what has arrived, at most one datagram or a few KiB of a stream. False where
    /// nothing waited; the error says that the other end is gone.
    tl::expected<bool, SocketError> receive(const Take &take);

  private:
    struct Stream {
        TcpStream socket;
        Deframer deframer;
        std::vector<std::uint8_t> unsent;

        void flush();
    };

    explicit Connection(UdpSocket socket) : way_(std::move(socket)) {}
    explicit Connection(TcpStream socket) : way_(Stream{std::move(socket), {}, {}}) {}

    std::variant<UdpSocket, Stream> way_;
};

} // namespace headroom::osc
