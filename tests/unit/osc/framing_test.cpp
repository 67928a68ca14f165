// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/framing.hpp"
#include "tests/support/catch.hpp"

#include <random>

using namespace headroom::osc;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// The packets of a stream that arrives in pieces of this size; nothing where it makes no sense.
std::optional<std::vector<Bytes>> packets(const Bytes &stream, std::size_t piece = 1) {
    Deframer deframer;
    std::vector<Bytes> out;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        const auto part = std::span(stream).subspan(at, std::min(piece, stream.size() - at));
        if (!deframer.feed(part,
                           [&](auto packet) { out.emplace_back(packet.begin(), packet.end()); }))
            return std::nullopt;
    }
    return out;
}

} // namespace

TEST_CASE("packets come out of a stream as they went in, however it is cut") {
    std::mt19937 random(4);
    for (const Framing framing : {Framing::length, Framing::slip}) {
        std::vector<Bytes> sent;
        Bytes stream;
        for (int i = 0; i < 200; ++i) {
            Bytes packet(random() % 40 + 1);
            for (auto &byte : packet)
                byte = std::array<std::uint8_t, 6>{0xc0, 0xdb, 0xdc, 0xdd, 0, '/'}[random() % 6];
            packet.front() = '/';
            const Bytes framed = frame(packet, framing);
            stream.insert(stream.end(), framed.begin(), framed.end());
            sent.push_back(packet);
        }
        for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 100'000u}) {
            CAPTURE(piece);
            CHECK(packets(stream, piece) == sent);
        }
    }
}

TEST_CASE("the framing is written as the specifications say") {
    CHECK(frame(Bytes{'/', 0xc0, 0xdb}, Framing::slip) ==
          Bytes{0xc0, '/', 0xdb, 0xdc, 0xdb, 0xdd, 0xc0});
    CHECK(frame(Bytes{'/', 'a', 0, 0}, Framing::length) == Bytes{0, 0, 0, 4, '/', 'a', 0, 0});
    // The old SLIP has no END before the first packet, and empty packets mean nothing.
    CHECK(packets({'/', 'a', 0, 0, 0xc0}) == std::vector<Bytes>{{'/', 'a', 0, 0}});
    CHECK(packets({0xc0, 0xc0, 0xc0}) == std::vector<Bytes>{});
}

TEST_CASE("a stream that makes no sense is given up, with a bounded memory") {
    CHECK_FALSE(packets({0, 0, 0, 0}));
    CHECK_FALSE(packets({0, 0xff, 0xff, 0xff}));
    CHECK_FALSE(packets({0, 0, 6, 4}));
    CHECK_FALSE(packets({0xc0, '/', 0xdb, 'x'}));
    CHECK_FALSE(packets(Bytes(PacketLimits::kDatagramBytes + 2, 'a')));
    Bytes longest(PacketLimits::kDatagramBytes, 'a');
    CHECK(packets(frame(longest, Framing::slip), 64) == std::vector<Bytes>{longest});
    CHECK(packets(frame(longest, Framing::length), 64) == std::vector<Bytes>{longest});
}
