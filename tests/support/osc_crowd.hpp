// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"

#include <cstddef>

namespace headroom::test {

/// How `headroom run` bears as many subscribers as it takes, while it processes audio.
struct CrowdFigures {
    int listeners = 0;             ///< that read and acknowledge
    int dead = 0;                  ///< beside them, that have gone or do not read
    std::size_t missed = 0;        ///< packets, by all listeners
    double least_rate_hz = 0.0;    ///< of packets, at the listener that got fewest
    double longest_silence_ms = 0; ///< at any listener
    long grown_kib = 0;            ///< resident memory, from the second second to the last
    double control_cores = 0.0;    ///< processor time of the control thread over real time
    int xruns = 0;                 ///< that the server told
    std::size_t wrong_frames = 0;  ///< of the sound, that are not the delayed input bit for bit
};

/// The server must have two channels, and no one else may use the program.
CrowdFigures measure_osc_crowd(const JackServer &server, HeadroomProcess &headroom, double seconds);

} // namespace headroom::test
