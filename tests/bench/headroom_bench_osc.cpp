// SPDX-License-Identifier: GPL-3.0-or-later

// How `headroom run` bears 100 000 sets a second for a minute while it processes audio.
#include "tests/support/osc_load.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>

using namespace headroom::test;

int main(int argc, char **argv) {
    constexpr double kSetsPerSecond = 100'000.0;
    const double seconds = argc > 1 ? std::atof(argv[1]) : 60.0;
    try {
        const JackServer server({.realtime = true});
        HeadroomProcess headroom({}, server.environment());
        const LoadFigures figures = measure_osc_load(server, headroom, kSetsPerSecond, seconds);
        std::printf("| sets over loopback UDP for %.0f s, period of 256 frames | |\n| --- | --- |\n"
                    "| sets a second | %.0f |\n"
                    "| datagrams dropped by the kernel | %llu |\n"
                    "| addresses that do not read what was sent last | %d |\n"
                    "| share of a core, control thread, %% | %.1f |\n"
                    "| xruns | %d |\n"
                    "| control to audio meanwhile, frames, median | %.0f |\n"
                    "| control to audio meanwhile, frames, 99th percentile | %.0f |\n",
                    seconds, figures.sets_per_second,
                    static_cast<unsigned long long>(figures.dropped), figures.wrong_values,
                    100.0 * figures.control_cores, figures.xruns, figures.median_latency_frames,
                    figures.p99_latency_frames);
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_osc: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
