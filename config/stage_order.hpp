// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>

namespace headroom {

/// Registers the stages of a bus that a profile may put in another order, in the default order. The
/// limiter follows them always. A name X stands for the parameters X/... and for make_X_stage() of
/// the engine.
#define HEADROOM_MOVABLE_STAGES(X) X(gate) X(equaliser) X(agc) X(compressor) X(insert)

#define HEADROOM_STAGE_NAME(name) std::string_view(#name),
inline constexpr std::array kMovableStages{HEADROOM_MOVABLE_STAGES(HEADROOM_STAGE_NAME)};
#undef HEADROOM_STAGE_NAME

/// Positions in kMovableStages, each once, in the order in which the signal goes through them.
using StageOrder = std::array<std::uint8_t, kMovableStages.size()>;

inline constexpr StageOrder kDefaultStageOrder = [] {
    StageOrder out{};
    std::iota(out.begin(), out.end(), std::uint8_t{0});
    return out;
}();

/// "gate equaliser agc compressor insert limiter": the whole chain.
inline std::string to_text(const StageOrder &order) {
    std::string out;
    for (const std::uint8_t stage : order)
        out += std::string(kMovableStages[stage]) + " ";
    return out + "limiter";
}

} // namespace headroom
