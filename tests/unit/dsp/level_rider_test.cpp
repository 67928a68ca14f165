// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/level_rider.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;
using namespace headroom::test;
using dsp::LevelRider;

namespace {

/// The cut over time, one value for each grid step.
std::vector<float> ride(LevelRider &rider, Audio audio, float gain_lin = 1.0f, Cut cut = {}) {
    std::vector<float> cuts;
    run(
        audio, [&](dsp::AudioBlock block) { rider.listen(block, gain_lin); }, cut,
        [&](std::size_t) { cuts.push_back(-rider.step()); });
    return cuts;
}

/// A tone whose RMS level is `rms_db`.
Audio tone(double rms_db, double seconds, double rate_hz = 48000.0) {
    return {sine(1000.0, rms_db + 3.0103, seconds, rate_hz)};
}

std::size_t steps(double seconds, double rate_hz = 48000.0) {
    return static_cast<std::size_t>(seconds * rate_hz / dsp::kGridFrames);
}

} // namespace

TEST_CASE("a rider lowers what is louder than its target, to its target") {
    const double rate_hz = GENERATE(44100.0, 48000.0, 192000.0);
    for (const double over_db : {-10.0, 0.0, 4.0, 10.0}) {
        CAPTURE(rate_hz, over_db);
        LevelRider rider(rate_hz);
        rider.set({.target_dbfs = -20.0f, .peak_dbfs = 0.0f});
        const auto cuts = ride(rider, tone(-20.0 + over_db, 6.0, rate_hz));
        CHECK(cuts.back() == Approx(std::max(0.0, over_db)).margin(0.1));
        for (const float cut : cuts)
            REQUIRE(cut >= 0.0f);
    }
}

TEST_CASE("a rider lowers peaks that are higher than it may let pass") {
    LevelRider rider(48000.0);
    rider.set({.target_dbfs = 0.0f, .peak_dbfs = -12.0f, .attack_ms = 5.0f});
    Channel clicks(96000);
    for (std::size_t i = 0; i < clicks.size(); ++i)
        clicks[i] = (i % 480 < 32 ? 1.0f : 0.01f) * (i % 2 == 0 ? 0.5f : -0.5f);
    const auto cuts = ride(rider, {clicks});
    CHECK(cuts.back() == Approx(12.0 - 6.02).margin(0.5));
}

TEST_CASE("a rider cuts no more than it may, and hears what the trim makes of its programme") {
    LevelRider rider(48000.0);
    rider.set({.target_dbfs = -40.0f, .max_cut_db = 7.0f});
    CHECK(ride(rider, tone(-10.0, 3.0)).back() == Approx(7.0).margin(0.01));

    LevelRider trimmed(48000.0);
    trimmed.set({.target_dbfs = -20.0f, .peak_dbfs = 0.0f});
    CHECK(ride(trimmed, tone(-10.0, 6.0), 0.5f).back() == Approx(10.0 - 6.02).margin(0.1));
}

TEST_CASE("the cut grows and shrinks with the time constants that were set") {
    LevelRider rider(48000.0);
    rider.set(
        {.target_dbfs = -20.0f, .peak_dbfs = 0.0f, .attack_ms = 200.0f, .release_ms = 1000.0f});
    // The level itself settles first, under a target that asks for nothing.
    rider.set({.target_dbfs = 0.0f, .peak_dbfs = 0.0f, .attack_ms = 200.0f, .release_ms = 1000.0f});
    CHECK(ride(rider, tone(-10.0, 5.0)).back() < 0.01f);
    rider.set(
        {.target_dbfs = -20.0f, .peak_dbfs = 0.0f, .attack_ms = 200.0f, .release_ms = 1000.0f});
    const auto growing = ride(rider, tone(-10.0, 3.0));
    CHECK(growing[steps(0.2)] == Approx(10.0 * (1.0 - std::exp(-1.0))).epsilon(0.02));
    rider.set({.target_dbfs = 0.0f, .peak_dbfs = 0.0f, .attack_ms = 200.0f, .release_ms = 1000.0f});
    const auto shrinking = ride(rider, tone(-10.0, 3.0));
    CHECK(shrinking[steps(1.0)] == Approx(growing.back() * std::exp(-1.0f)).epsilon(0.02));
}

TEST_CASE("a pause changes neither the cut nor what comes after it") {
    const double pause_dbfs = GENERATE(-300.0, -70.0);
    LevelRider rider(48000.0);
    rider.set({.target_dbfs = -30.0f, .release_ms = 100.0f});
    const float before = ride(rider, tone(-15.0, 4.0)).back();
    CHECK(before == Approx(15.0).margin(0.1));
    const auto paused = ride(rider, tone(pause_dbfs, 60.0));
    for (const float cut : paused)
        REQUIRE(cut == Approx(before).margin(0.01));
    for (const float cut : ride(rider, tone(-15.0, 1.0)))
        REQUIRE(cut == Approx(before).margin(0.1));
}

TEST_CASE("a rider does the same however the stream is cut") {
    const Audio audio{noise(-6.0, 2.0, 48000.0, 3), noise(-20.0, 2.0, 48000.0, 4)};
    LevelRider whole(48000.0);
    LevelRider single(48000.0);
    LevelRider random(48000.0);
    const auto expected = ride(whole, audio);
    CHECK(ride(single, audio, 1.0f, {.longest = 1}) == expected);
    CHECK(ride(random, audio, 1.0f, {.random = true}) == expected);
}
