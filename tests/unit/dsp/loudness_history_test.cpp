// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/held_loudness.hpp"
#include "jack_client/dsp/loudness_history.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <cmath>

using namespace headroom;
using namespace headroom::test;
using dsp::loudness_steps;
using dsp::LoudnessHistory;

namespace {

constexpr double kLevelRate_hz = 48000.0;

double power_of(double lufs) {
    return std::pow(10.0, (lufs + 0.691) / 10.0);
}

} // namespace

TEST_CASE("a window has the loudness of what is in it, whatever came before") {
    LoudnessHistory history;
    for (int i = 0; i < 100000; ++i)
        history.push(1e30); // an accident
    for (int i = 0; i < 300; ++i)
        history.push(power_of(i % 2 == 0 ? -20.0 : -1000.0));
    for (int i = 0; i < 40; ++i)
        history.push(power_of(-50.0));
    CHECK(history.lufs(loudness_steps(0.4)) == Approx(-50.0).margin(0.01));
    CHECK(history.lufs(loudness_steps(3.0), 40) == Approx(-23.01).margin(0.01));
    CHECK(history.gated_lufs(340, -40.0f, 0.0f) == Approx(-23.01).margin(0.01));
    CHECK(history.gated_lufs(340, -10.0f, 0.0f) == LoudnessHistory::kSilence_lufs);
}

TEST_CASE("a window tells steady noise from programme, and how its level falls") {
    LoudnessHistory history;
    for (int i = 0; i < 1010; ++i)
        history.push(power_of(-20.0 - 0.02 * i));
    CHECK(history.slope_db_per_s(1000) == Approx(-2.0).margin(0.02));
    CHECK(history.slope_db_per_s(500, 300) == Approx(-2.0).margin(0.02));
    for (int i = 0; i < 400; ++i)
        history.push(power_of(-30.0 + 0.2 * (i % 2)));
    CHECK(history.deviation_db(300) < 0.1f);
    CHECK(history.crest_db(300) < 0.1f);
    for (int i = 0; i < 300; ++i)
        history.push(power_of(i / 15 % 2 == 0 ? -30.0 : -40.0));
    CHECK(history.deviation_db(300) > 3.0f);
    CHECK(history.crest_db(300) == Approx(2.4).margin(0.3));
}

TEST_CASE("the loudness that the soft tier is relative to outlasts a pause") {
    constexpr std::array<float, 1> kMono{1.0f};
    for (const double floor_dbfs : {-200.0, -68.0, -57.0}) {
        dsp::LoudnessMeter meter(kLevelRate_hz, kMono);
        dsp::HeldLoudness held;
        float lowest = 0.0f;
        const auto hear = [&](Channel x) {
            Audio audio{std::move(x)};
            lowest = 0.0f;
            run(
                audio, [&](dsp::AudioBlock block) { meter.process(block); }, {},
                [&](std::size_t) {
                    held.follow(meter, -18.0f, -36.0f);
                    lowest = std::min(lowest, held.lufs());
                });
        };
        CHECK(held.lufs() == 0.0f);
        hear(noise(-200.0, 0.1, kLevelRate_hz, 1));
        CHECK(held.lufs() == -18.0f); // nothing is known
        hear(sine(997.0, -15.0, 10.0, kLevelRate_hz));
        CHECK(held.lufs() == Approx(-18.0).margin(0.5));
        hear(noise(floor_dbfs, 8.0, kLevelRate_hz, 2));
        CAPTURE(floor_dbfs);
        CHECK(lowest >= -21.0f);
        hear(sine(997.0, -15.0, 0.2, kLevelRate_hz));
        CHECK(lowest >= -21.0f);
        for (int i = 0; i < 40; ++i)
            hear(sine(997.0, i % 2 == 0 ? -57.0 : -50.0, 0.3, kLevelRate_hz));
        CHECK(lowest == -36.0f); // quieter programme, too quiet to be followed all the way
    }
}
