// SPDX-License-Identifier: GPL-3.0-or-later

// How `headroom run` bears a controller that sends 1 000 messages a second for a minute.
#include "tests/support/midi_load.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>

using namespace headroom::test;

int main(int argc, char **argv) {
    constexpr int kMessagesPerSecond = 1000;
    const double seconds = argc > 1 ? std::atof(argv[1]) : 60.0;
    try {
        const JackServer server({.realtime = true});
        const MidiLoadFigures figures = measure_midi_load(server, kMessagesPerSecond, seconds);
        std::printf("| %d messages a second for %.0f s, period of 256 frames | |\n| --- | --- |\n"
                    "| messages sent | %d |\n"
                    "| parameters that do not read what was sent last | %d |\n"
                    "| lights of a second controller that do not show it | %d |\n"
                    "| feedback, bytes a second (a line of MIDI carries 3125) | %.0f |\n"
                    "| xruns | %lld |\n",
                    kMessagesPerSecond, seconds, figures.messages, figures.wrong_values,
                    figures.wrong_feedback, figures.feedback_bytes_per_second,
                    static_cast<long long>(figures.xruns));
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_midi: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
