// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/framing.hpp"

#include <cstdlib>

using namespace headroom::osc;

/// A stream, whole and byte by byte: the same packets, each of a bounded size, each the same when
/// it is framed again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    std::vector<std::vector<std::uint8_t>> whole, single;
    Deframer at_once, by_byte;
    const bool good =
        at_once
            .feed({data, size},
                  [&](auto packet) { whole.emplace_back(packet.begin(), packet.end()); })
            .has_value();
    bool still = true;
    for (std::size_t i = 0; i < size && still; ++i)
        still = by_byte
                    .feed({data + i, 1},
                          [&](auto packet) { single.emplace_back(packet.begin(), packet.end()); })
                    .has_value();
    if (good != still || whole != single)
        std::abort();
    for (const auto &packet : whole) {
        std::vector<std::uint8_t> again;
        Deframer deframer;
        const auto fed = deframer.feed(frame(packet, Framing::slip), [&](auto taken) {
            again.assign(taken.begin(), taken.end());
        });
        if (!fed || again != packet || packet.size() > PacketLimits::kDatagramBytes)
            std::abort();
    }
    return 0;
}
