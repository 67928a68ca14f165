// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"

#include <cstdint>

namespace headroom::test {

/// How `headroom run` bears a storm of sets while it processes audio.
struct LoadFigures {
    double sets_per_second = 0.0;     ///< that were sent
    std::uint64_t dropped = 0;        ///< datagrams, by the kernel
    int wrong_values = 0;             ///< addresses that do not read what was sent last
    double control_cores = 0.0;       ///< processor time of the control thread over real time
    int xruns = 0;                    ///< that the server told
    double callback_us_max = 0.0;     ///< longest process callback since the program started
    double median_latency_frames = 0; ///< from sending a change to its place in the sound,
    double p99_latency_frames = 0;    ///< without the latency that the bus reports
};

/// Sets every parameter that is no switch again and again, and measures meanwhile how soon another
/// change is heard. The server must have two channels, and no one else may use the program.
LoadFigures measure_osc_load(const JackServer &server, HeadroomProcess &headroom,
                             double sets_per_second, double seconds);

} // namespace headroom::test
