// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"
#include "osc/server.hpp"
#include "osc/subscriptions.hpp"
#include "osc/wire/framing.hpp"
#include "osc/wire/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace headroom::tests {

using namespace headroom::osc;
using namespace std::chrono_literals;

using Messages = std::vector<Message>;

/// Tells the server that its asker acknowledges.
inline const Message acknowledges{"/headroom/ack", {std::int32_t{0}}};

/// A foreign program with a socket of its own.
class Surfer {
  public:
    explicit Surfer(std::uint16_t port, const char *host = "127.0.0.1")
        : socket_(UdpSocket::connect(*Endpoint::parse(host, port)).value()) {}

    void send(std::span<const std::uint8_t> bytes) { REQUIRE(socket_.send(bytes)); }
    void send(const Message &message) { send(encode(message)); }

    /// Everything that has arrived, bundles taken apart.
    Messages received() {
        Messages out;
        std::array<std::uint8_t, 2048> buffer;
        for (;;) {
            const auto datagram = socket_.receive(buffer).value();
            if (!datagram)
                return out;
            CHECK(datagram->size <= PacketLimits::kOutgoingBytes);
            const auto packet = decode(std::span(buffer).first(datagram->size));
            REQUIRE(packet.has_value());
            ++packets;
            for (const auto &element : packet->elements)
                out.push_back(element.message);
        }
    }

    std::size_t packets = 0;

  private:
    UdpSocket socket_;
};

/// A server over a fake surface, with clocks that move by hand.
struct Stage {
    static constexpr std::uint64_t kWallStart = std::uint64_t{0xec000000} << 32; ///< in 2025

    FakeControlSurface surface;
    TimePoint now{1h};
    control::EventLoop loop{{}, [this] { return now; }};
    std::chrono::nanoseconds wall_set{0}; ///< by how much somebody has set the machine's clock
    std::unique_ptr<Server> server = open();
    Surfer surfer{server->port()};

    std::unique_ptr<Server> open() {
        ServerOptions options;
        options.port = 0;
        options.wall_clock = [this] { return wall(0ms); };
        auto opened = Server::open(loop, options, surface);
        INFO((opened ? "" : opened.error().text()));
        REQUIRE(opened.has_value());
        return std::move(*opened);
    }

    /// What the machine's clock says when that time has passed.
    std::uint64_t wall(std::chrono::nanoseconds later) const {
        return ntp_plus(kWallStart, now - TimePoint{1h} + wall_set + later);
    }

    /// Lets the server take in all that was sent. On loopback it is there when send() returns.
    void run() {
        for (int turns = 0; loop.turn(); ++turns)
            REQUIRE(turns < 1000);
    }

    Messages ask(const Message &message) {
        surfer.send(message);
        run();
        return surfer.received();
    }

    Messages ask(std::span<const std::uint8_t> bytes) {
        surfer.send(bytes);
        run();
        return surfer.received();
    }

    /// The only message that answers.
    Message answer(const Message &message) {
        const Messages answers = ask(message);
        CAPTURE(message.address);
        REQUIRE(answers.size() == 1);
        return answers[0];
    }

    ErrorCode error(const Message &message) {
        const Message reply = answer(message);
        CHECK(reply.address == "/headroom/error");
        REQUIRE(reply.arguments.size() == 3);
        CHECK(reply.arguments[0] == Argument(message.address));
        CHECK_FALSE(std::get<std::string>(reply.arguments[2]).empty());
        return static_cast<ErrorCode>(std::get<std::int32_t>(reply.arguments[1]));
    }

    /// Time passes, the server woken when it asked for it.
    void pass(std::chrono::milliseconds time) {
        const TimePoint end = now + time;
        run();
        while (now < end) {
            const TimePoint next = loop.next_timer().value_or(end);
            CHECK(next > now);
            now = std::clamp(next, now, end);
            run();
        }
    }
};

inline const std::string ceiling = "/headroom/bus/main/limiter/ceiling";
inline const std::string voice_ceiling = "/headroom/bus/voice/limiter/ceiling";
inline const std::string mode = "/headroom/bus/main/limiter/mode";
inline const control::ParameterTarget ceiling_target{0, parameter_id("limiter/ceiling")};

inline std::size_t count(const Messages &messages, std::string_view address) {
    return static_cast<std::size_t>(
        std::count_if(messages.begin(), messages.end(),
                      [&](const Message &message) { return message.address == address; }));
}

} // namespace headroom::tests
