// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/wire/packet.hpp"
#include "osc/wire/transport.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>

namespace headroom::test {

/// A subscriber to all meters at 60 Hz that acknowledges, with as little work as can be, so that
/// many fit beside what they listen to.
class MeterSubscriber {
  public:
    explicit MeterSubscriber(std::uint16_t port)
        : socket_(osc::UdpSocket::connect(*osc::Endpoint::parse("127.0.0.1", port)).value()) {
        const std::array messages{
            osc::Message{"/headroom/subscribe", {std::string("/headroom/meter"), std::int32_t{60}}},
            osc::Message{"/headroom/ack", {std::int32_t{0}}}};
        socket_.send(osc::encode_bundle(messages));
    }

    /// Takes in what has come, and acknowledges it.
    void read() {
        std::array<std::uint8_t, 2048> buffer;
        while (const auto datagram = socket_.receive(buffer).value_or(std::nullopt)) {
            if (datagram->size < kNumberAt + 4 ||
                std::memcmp(buffer.data() + kAckAt, "/headroom/ack", 14) != 0)
                continue;
            std::uint32_t number = 0;
            for (std::size_t i = 0; i < 4; ++i)
                number = number << 8 | buffer[kNumberAt + i];
            missed += number - last_ - 1;
            last_ = number;
            ++packets;
            const auto now = Clock::now();
            longest_silence =
                std::max(longest_silence, packets > 1 ? now - heard_ : Clock::duration());
            heard_ = now;
            std::array<std::uint8_t, kAckBytes> answer{};
            std::memcpy(answer.data(), buffer.data() + kAckAt, answer.size());
            socket_.send(answer);
        }
    }

    /// Keeps the subscription without reading anything.
    void renew() { socket_.send(osc::encode({"/headroom/alive", {}})); }

    using Clock = std::chrono::steady_clock;
    std::size_t packets = 0;
    std::uint32_t missed = 0;
    Clock::duration longest_silence{0};

  private:
    /// Where a packet of updates, which is a bundle that begins with /headroom/ack, has that and
    /// its number.
    static constexpr std::size_t kAckAt = 20;
    static constexpr std::size_t kNumberAt = 40;
    static constexpr std::size_t kAckBytes = 24;

    osc::UdpSocket socket_;
    std::uint32_t last_ = 0;
    Clock::time_point heard_;
};

} // namespace headroom::test
