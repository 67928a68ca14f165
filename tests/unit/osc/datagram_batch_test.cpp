// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/datagram_batch.hpp"
#include "tests/support/catch.hpp"

#include <vector>

using namespace headroom::osc;

TEST_CASE("datagrams come one by one, in order, whole or marked as cut") {
    auto here = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0)).value();
    auto there = UdpSocket::connect(here.local()).value();
    DatagramBatch batch;
    CHECK_FALSE(batch.next(here).has_value());

    constexpr std::size_t kCount = 2 * DatagramBatch::kMost + 5;
    constexpr std::size_t kLong = 7;
    for (std::size_t i = 0; i < kCount; ++i) {
        const std::size_t size = i == kLong ? PacketLimits::kDatagramBytes + 1 : i + 1;
        REQUIRE(there.send(std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(i))));
    }
    for (std::size_t i = 0; i < kCount; ++i) {
        CAPTURE(i);
        const auto datagram = batch.next(here);
        REQUIRE(datagram.has_value());
        CHECK(datagram->from == there.local());
        CHECK(datagram->is_cut == (i == kLong));
        CHECK(datagram->bytes.size() == (i == kLong ? PacketLimits::kDatagramBytes : i + 1));
        CHECK(datagram->bytes.back() == static_cast<std::uint8_t>(i));
        CHECK(batch.holds_any() == ((i + 1) % DatagramBatch::kMost != 0 && i + 1 != kCount));
    }
    CHECK_FALSE(batch.next(here).has_value());
    REQUIRE(there.send(std::vector<std::uint8_t>{1}));
    CHECK(batch.next(here).has_value());
}
