// SPDX-License-Identifier: GPL-3.0-or-later
//
// Many subscribers at once, some of them dead.
#include "osc/subscriptions.hpp"
#include "tests/integration/osc_line/line_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process_usage.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

using namespace headroom;
using namespace headroom::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// Where a packet of updates, which is a bundle that begins with /headroom/ack, has its number.
constexpr std::size_t kNumberAt = 40;
constexpr std::size_t kAckBytes = 24;

/// A subscriber to all meters at 60 Hz that acknowledges, with as little work as can be.
class Listener {
  public:
    explicit Listener(std::uint16_t port)
        : socket_(osc::UdpSocket::connect(*osc::Endpoint::parse("127.0.0.1", port)).value()) {
        const std::array messages{
            osc::Message{"/headroom/subscribe", {std::string("/headroom/meter"), std::int32_t{60}}},
            osc::Message{"/headroom/ack", {std::int32_t{0}}}};
        socket_.send(osc::encode_bundle(messages));
    }

    void read() {
        std::array<std::uint8_t, 2048> buffer;
        while (const auto datagram = socket_.receive(buffer).value_or(std::nullopt)) {
            if (datagram->size < kNumberAt + 4 ||
                std::memcmp(buffer.data() + 20, "/headroom/ack", 14) != 0)
                continue;
            std::uint32_t number = 0;
            for (std::size_t i = 0; i < 4; ++i)
                number = number << 8 | buffer[kNumberAt + i];
            missed += number - last_ - 1;
            last_ = number;
            ++packets;
            const auto now = Clock::now();
            longest_silence = std::max(longest_silence, packets > 1 ? now - heard_ : 0ns);
            heard_ = now;
            std::array<std::uint8_t, kAckBytes> answer{};
            std::memcpy(answer.data(), buffer.data() + 20, answer.size());
            socket_.send(answer);
        }
    }

    std::size_t packets = 0;
    std::uint32_t missed = 0;
    Clock::duration longest_silence{0};

  private:
    osc::UdpSocket socket_;
    std::uint32_t last_ = 0;
    Clock::time_point heard_;
};

} // namespace

TEST_CASE("of 64 subscribers to all meters 16 are dead, and the others miss nothing") {
    constexpr std::size_t kDead = 16;
    LineServer server;
    std::vector<std::unique_ptr<Listener>> dead;
    std::vector<std::unique_ptr<Listener>> alive;
    for (std::size_t i = 0; i < osc::Subscriptions::kPeers; ++i)
        (i < kDead ? dead : alive).push_back(std::make_unique<Listener>(server.port()));
    dead.resize(kDead / 2); // the others do not read

    const auto listen = [&](Clock::duration time) {
        for (const auto end = Clock::now() + time; Clock::now() < end;) {
            std::this_thread::sleep_for(5ms);
            for (const auto &listener : alive)
                listener->read();
        }
    };
    listen(1s);
    const long before_kib = ProcessUsage::now().rss_kib;
    for (const auto &listener : alive)
        listener->longest_silence = {};
    listen(3s);
    CHECK(ProcessUsage::now().rss_kib - before_kib < 2048);
    for (const auto &listener : alive) {
        CHECK(listener->missed == 0);
        CHECK(listener->packets > 3 * 60);
        CHECK(listener->longest_silence < 250ms);
    }
}
