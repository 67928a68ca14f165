// SPDX-License-Identifier: GPL-3.0-or-later
// A short form of what `./dev bench` measures for a minute.
#include "tests/support/catch.hpp"
#include "tests/support/osc_crowd.hpp"
#include "tests/support/osc_load.hpp"

using namespace headroom::test;

namespace {

// What other programs do to the machine is not headroom's: the best of some takes counts, but what
// is never allowed to happen fails in each.
constexpr int kTakes = 5;

} // namespace

TEST_CASE("a storm of sets loses no final value, costs less than a core and delays no other") {
    constexpr double kSetsPerSecond = 100'000.0;
    constexpr double kPeriod_frames = 256.0;
    const JackServer server({.realtime = true});
    bool good = false;
    for (int take = 0; take < kTakes && !good; ++take) {
        HeadroomProcess headroom({}, server.environment());
        const LoadFigures figures = measure_osc_load(server, headroom, kSetsPerSecond, 5.0);
        UNSCOPED_INFO(figures.sets_per_second
                      << " sets/s, " << figures.dropped << " dropped, " << figures.control_cores
                      << " cores, " << figures.xruns << " xruns, " << figures.median_latency_frames
                      << " and " << figures.p99_latency_frames << " frames");
        CHECK(figures.wrong_values == 0);
        good = figures.sets_per_second > 0.99 * kSetsPerSecond && figures.control_cores < 1.0 &&
               figures.xruns == 0 && figures.p99_latency_frames <= 2.0 * kPeriod_frames;
    }
    CHECK(good);
}

TEST_CASE("of 64 subscribers 16 are dead, the others miss nothing and no sample is another") {
    const JackServer server({.realtime = true});
    bool good = false;
    for (int take = 0; take < kTakes && !good; ++take) {
        HeadroomProcess headroom({}, server.environment());
        const CrowdFigures figures = measure_osc_crowd(server, headroom, 4.0);
        UNSCOPED_INFO(figures.missed << " missed, " << figures.least_rate_hz << " Hz, silent for "
                                     << figures.longest_silence_ms << " ms, " << figures.grown_kib
                                     << " KiB, " << figures.control_cores << " cores, "
                                     << figures.xruns << " xruns, " << figures.wrong_frames
                                     << " wrong frames");
        CHECK(figures.grown_kib < 2048);
        good = figures.missed == 0 && figures.least_rate_hz > 55.0 &&
               figures.longest_silence_ms < 250.0 && figures.xruns == 0 &&
               figures.wrong_frames == 0;
    }
    CHECK(good);
}
