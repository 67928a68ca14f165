// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/flow.hpp"
#include "tests/support/catch.hpp"

#include <deque>

using namespace headroom::osc;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPacketBytes = 1200;

/// A link that sends one packet after the other and keeps the rest in a buffer without end; its
/// acknowledgements come back after the delay.
class Link {
  public:
    Link(double bytes_per_second, std::chrono::milliseconds delay)
        : bytes_per_second_(bytes_per_second), delay_(delay) {}

    void set_rate(double bytes_per_second) { bytes_per_second_ = bytes_per_second; }

    /// As many packets as the flow admits, offered every 16 ms; returns how long the last packet
    /// of them waited behind others.
    std::chrono::nanoseconds run(Flow &flow, std::chrono::milliseconds time) {
        std::chrono::nanoseconds waited{0};
        for (const TimePoint end = now_ + time; now_ < end; now_ += 1ms) {
            while (!acknowledgements_.empty() && acknowledgements_.front().second <= now_) {
                flow.acknowledge(acknowledgements_.front().first, now_);
                acknowledgements_.pop_front();
            }
            flow.give_up(now_);
            if (now_.time_since_epoch() / 1ms % 16 != 0)
                continue;
            while (flow.admits(Flow::Load::meters, kPacketBytes, now_)) {
                waited = std::max(free_at_, now_) - now_;
                free_at_ = std::max(free_at_, now_) +
                           std::chrono::nanoseconds(static_cast<std::int64_t>(
                               1e9 * static_cast<double>(kPacketBytes) / bytes_per_second_));
                acknowledgements_.emplace_back(flow.number().value(), free_at_ + delay_);
                flow.sent(kPacketBytes, {}, now_);
                bytes += kPacketBytes;
            }
        }
        return waited;
    }

    std::size_t bytes = 0;

  private:
    double bytes_per_second_;
    std::chrono::milliseconds delay_;
    TimePoint now_{1h};
    TimePoint free_at_{1h};
    std::deque<std::pair<std::int32_t, TimePoint>> acknowledgements_;
};

std::vector<Item> sorted(std::vector<Item> items) {
    std::sort(items.begin(), items.end());
    return items;
}

} // namespace

TEST_CASE("a window fills a link of any speed without a queue that is felt") {
    for (const double rate : {500e3, 50e3, 10e3}) {
        Flow flow;
        flow.acknowledge(0, TimePoint{1h});
        Link link(rate, 5ms);
        link.run(flow, 10s);
        link.bytes = 0;
        std::chrono::nanoseconds longest{0};
        for (int i = 0; i < 50; ++i)
            longest = std::max(longest, link.run(flow, 100ms));
        CAPTURE(rate);
        CHECK(longest <= (rate < 20e3 ? 130ms : 100ms)); // a packet alone takes 120 ms at 10 kB/s
        CHECK(static_cast<double>(link.bytes) >= 0.8 * 5.0 * rate);
    }
}

TEST_CASE("a window follows a link that becomes ten times slower within two seconds") {
    Flow flow;
    flow.acknowledge(0, TimePoint{1h});
    Link link(500e3, 5ms);
    link.run(flow, 10s);
    link.set_rate(50e3);
    link.run(flow, 2s);
    std::chrono::nanoseconds longest{0};
    for (int i = 0; i < 20; ++i)
        longest = std::max(longest, link.run(flow, 100ms));
    CHECK(longest <= 120ms);
}

TEST_CASE("meters give way before changes do") {
    Flow flow;
    const TimePoint now{1h};
    flow.acknowledge(0, now);
    std::size_t bytes = 0;
    while (flow.admits(Flow::Load::meters, kPacketBytes, now)) {
        flow.sent(kPacketBytes, {}, now);
        bytes += kPacketBytes;
    }
    CHECK(bytes == flow.window_bytes());
    while (flow.admits(Flow::Load::changes, kPacketBytes, now)) {
        flow.sent(kPacketBytes, {}, now);
        bytes += kPacketBytes;
    }
    CHECK(bytes == 2 * flow.window_bytes());
}

TEST_CASE("changes in lost packets are named, by later packets or by the clock") {
    Flow flow;
    TimePoint now{1h};
    flow.acknowledge(0, now);
    const auto send = [&](std::vector<Item> changes) {
        const auto number = flow.number().value();
        flow.sent(100, std::move(changes), now);
        return number;
    };
    send({7, 8});
    const auto second = send({1});
    const auto third = send({2});
    const auto fourth = send({3});
    now += 10ms;
    CHECK(flow.acknowledge(second, now).empty());
    CHECK(flow.acknowledge(third, now).empty());
    CHECK(flow.acknowledge(third, now).empty()); // told twice
    CHECK(sorted(flow.acknowledge(fourth, now)) == std::vector<Item>{7, 8});
    CHECK_FALSE(flow.patience_ends().has_value());

    send({5});
    REQUIRE(flow.patience_ends().has_value());
    CHECK(flow.give_up(*flow.patience_ends() - 1ms).empty());
    CHECK(flow.give_up(*flow.patience_ends()) == std::vector<Item>{5});
}

TEST_CASE("a peer that stops to acknowledge gets a trickle") {
    Flow flow;
    Link link(500e3, 5ms);
    flow.acknowledge(0, TimePoint{1h});
    link.run(flow, 1s);
    const std::size_t bound = 2 * flow.window_bytes() + 12 * 2 * Flow::kLeastWindowBytes;
    std::size_t bytes = 0;
    TimePoint now{2h};
    for (int i = 0; i < 10000; ++i, now += 1ms) {
        flow.give_up(now);
        for (; flow.admits(Flow::Load::changes, kPacketBytes, now); bytes += kPacketBytes)
            flow.sent(kPacketBytes, {}, now);
    }
    CHECK(bytes <= bound);
}

TEST_CASE("a peer that never acknowledges has a rate, of which changes come first") {
    Flow flow;
    std::size_t meters = 0;
    TimePoint now{1h};
    for (int i = 0; i < 10000; ++i, now += 1ms)
        for (; flow.admits(Flow::Load::meters, kPacketBytes, now); meters += kPacketBytes)
            flow.sent(kPacketBytes, {}, now);
    CHECK(static_cast<double>(meters) == Approx(10 * Flow::kBytesPerSecond).epsilon(0.1));
    CHECK(flow.admits(Flow::Load::changes, 8000, now));
}
