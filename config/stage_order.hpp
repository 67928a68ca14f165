// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace headroom {

/// Stages of a bus that a profile may put in another order, in the default order. The limiter
/// follows them always.
inline constexpr std::array<std::string_view, 5> kMovableStages{"gate", "equaliser", "agc",
                                                                "compressor", "insert"};

/// Positions in kMovableStages, each once, in the order in which the signal goes through them.
using StageOrder = std::array<std::uint8_t, kMovableStages.size()>;

inline constexpr StageOrder kDefaultStageOrder{0, 1, 2, 3, 4};

/// "gate equaliser agc compressor insert limiter": the whole chain.
inline std::string to_text(const StageOrder &order) {
    std::string out;
    for (const std::uint8_t stage : order)
        out += std::string(kMovableStages[stage]) + " ";
    return out + "limiter";
}

} // namespace headroom
