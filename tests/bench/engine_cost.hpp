// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/measurement.hpp"

/// What more than one bus costs, other kernels, and the loudness meter alone.
namespace headroom::bench {

struct BusCost {
    int buses;
    std::string layout;
    Cost per_channel; ///< of the whole default chain, per frame and channel
};
/// 1, 8 and 64 stereo buses, and one bus of each layout.
std::vector<BusCost> measure_bus_costs(const test::Audio &music, int rounds);

/// The limiter in its default mode with the kernels for one instruction set.
struct KernelCost {
    std::string set;
    Cost cost;                ///< per stereo frame
    bool is_same_bits = true; ///< as the output of the baseline
};
/// Those that this machine runs.
std::vector<KernelCost> measure_kernel_costs(const test::Audio &music, int rounds);

/// Momentary, short-term and integrated loudness; all three are read ten times a second.
struct LoudnessCosts {
    Cost headroom, libebur128;
};
LoudnessCosts measure_loudness_costs(const test::Audio &music, int rounds);

} // namespace headroom::bench
