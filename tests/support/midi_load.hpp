// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/jack_server.hpp"

#include <cstdint>

namespace headroom::test {

/// What the running program makes of a controller that never rests.
struct MidiLoadFigures {
    int messages = 0;       ///< sent
    int late = 0;           ///< of them, too late for their frame
    int wrong_values = 0;   ///< parameters that are not what was sent last
    int wrong_feedback = 0; ///< lights of a second controller that do not show it in the end
    double feedback_bytes_per_second = 0.0; ///< to both
    std::int64_t xruns = 0;                 ///< of headroom
};

/// Eight faders and eight buttons of one controller, moved in turn; a second one shows the same by
/// other messages.
MidiLoadFigures measure_midi_load(const JackServer &server, int messages_per_second,
                                  double seconds);

} // namespace headroom::test
