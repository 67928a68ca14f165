// SPDX-License-Identifier: GPL-3.0-or-later

// How `headroom run` bears 100 000 sets a second for a minute, and a crowd of subscribers, while it
// processes audio.
#include "tests/support/osc_crowd.hpp"
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
        const auto measure = [&](double sets_per_second) {
            HeadroomProcess headroom({}, server.environment());
            return measure_osc_load(server, headroom, sets_per_second, seconds);
        };
        const LoadFigures calm = measure(0.0);
        const LoadFigures figures = measure(kSetsPerSecond);
        std::printf("| %.0f s over loopback UDP, period of 256 frames | no sets | storm |\n"
                    "| --- | --- | --- |\n",
                    seconds);
        const auto row = [&](const char *what, double LoadFigures::*figure, int decimals = 0) {
            std::printf("| %s | %.*f | %.*f |\n", what, decimals, calm.*figure, decimals,
                        figures.*figure);
        };
        const auto count = [&](const char *what, auto LoadFigures::*figure) {
            std::printf("| %s | %llu | %llu |\n", what,
                        static_cast<unsigned long long>(calm.*figure),
                        static_cast<unsigned long long>(figures.*figure));
        };
        row("sets a second", &LoadFigures::sets_per_second);
        count("datagrams dropped by the kernel", &LoadFigures::dropped);
        count("addresses that do not read what was sent last", &LoadFigures::wrong_values);
        row("control thread, cores", &LoadFigures::control_cores, 3);
        count("xruns", &LoadFigures::xruns);
        row("longest process callback, us", &LoadFigures::callback_us_max);
        row("control to audio, frames, median", &LoadFigures::median_latency_frames);
        row("control to audio, frames, 99th percentile", &LoadFigures::p99_latency_frames);

        HeadroomProcess headroom({}, server.environment());
        const CrowdFigures crowd = measure_osc_crowd(server, headroom, seconds);
        std::printf("\n| %d subscribers to all meters at 60 Hz for %.0f s, %d of them dead | |\n"
                    "| --- | --- |\n"
                    "| packets missed by the others | %zu |\n"
                    "| packets a second, at the one with fewest | %.1f |\n"
                    "| longest silence, ms | %.0f |\n"
                    "| memory grown by, KiB | %ld |\n"
                    "| control thread, cores | %.3f |\n"
                    "| xruns | %d |\n"
                    "| frames of the sound that are not the delayed input, bit for bit | %zu |\n",
                    crowd.listeners + crowd.dead, seconds, crowd.dead, crowd.missed,
                    crowd.least_rate_hz, crowd.longest_silence_ms, crowd.grown_kib,
                    crowd.control_cores, crowd.xruns, crowd.wrong_frames);
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_osc: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
