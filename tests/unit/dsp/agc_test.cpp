// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/agc.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/dsp/units.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

using namespace headroom;
using namespace headroom::test;
using dsp::Agc;
using dsp::LoudnessMeter;

namespace {

constexpr double kRate = 48000.0;
constexpr std::array<float, 1> kMono{1.0f};

/// What an AGC did at each step of the grid.
struct Passed {
    Channel out;
    std::vector<float> programme_db; ///< gain for the programme
    std::vector<float> gain_db;      ///< and for events

    static std::size_t step(double seconds) {
        return static_cast<std::size_t>(seconds * kRate / dsp::kGridFrames);
    }
    float programme_at(double seconds) const { return programme_db[step(seconds)]; }
    float at(double seconds) const { return gain_db[step(seconds)]; }
};

/// later_db: what a compressor behind it does, after so many seconds.
Passed pass(
    const Agc::Settings &settings, Channel programme, Cut cut = {},
    const std::function<float(double)> &later_db = [](double) { return 0.0f; }) {
    Agc agc(kRate);
    agc.set(settings);
    LoudnessMeter meter(kRate, kMono);
    Passed passed;
    Audio audio{std::move(programme)};
    run(
        audio,
        [&](dsp::AudioBlock block) {
            meter.process(block);
            agc.process(block);
        },
        cut,
        [&](std::size_t frame) {
            agc.step(meter, later_db(static_cast<double>(frame) / kRate));
            passed.programme_db.push_back(agc.programme_gain_db());
            passed.gain_db.push_back(agc.gain_db());
        });
    passed.out = audio[0];
    return passed;
}

float loudness_lufs(Channel x) {
    LoudnessMeter meter(kRate, kMono);
    Audio audio{std::move(x)};
    run(audio, [&](dsp::AudioBlock block) { meter.process(block); });
    return meter.integrated_lufs();
}

/// Noise whose level moves as that of music does.
Channel music(double level_dbfs, double seconds, unsigned seed) {
    Channel x = noise(level_dbfs, seconds, kRate, seed);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] *= 1.0f + 0.5f * static_cast<float>(std::sin(2.0 * 3.14159265 * 2.0 *
                                                          static_cast<double>(i) / kRate));
    return x;
}

Channel silence(double seconds) {
    return Channel(static_cast<std::size_t>(seconds * kRate), 0.0f);
}

} // namespace

TEST_CASE("quiet and loud programme are brought to the target, within the bounds") {
    const Agc::Settings settings;
    for (const double level : {-40.0, -25.0, -15.0, 5.0}) {
        const Channel x = music(level, 30.0, 1);
        const float wanted = std::clamp(settings.target_lufs - loudness_lufs(x),
                                        -settings.max_cut_db, settings.max_boost_db);
        CAPTURE(level);
        CHECK(pass(settings, x).programme_db.back() == Approx(wanted).margin(0.8));
    }
}

TEST_CASE("what the compressor takes or gives is taken into account") {
    const Agc::Settings settings;
    const Channel x = music(-15.0, 40.0, 1);
    const float alone = pass(settings, x).programme_db.back();
    for (const float later_db : {-3.0f, 3.0f}) {
        CAPTURE(later_db);
        CHECK(pass(settings, x, {}, [=](double) { return later_db; }).programme_db.back() ==
              Approx(alone - later_db).margin(1.1));
    }
}

TEST_CASE("after a long silence the same programme is no sudden sound") {
    const Agc::Settings settings{.max_event_lu = 3.0f};
    Channel x = music(-22.0, 20.0, 1);
    append(x, silence(22.0));
    append(x, music(-22.0, 5.0, 1));
    const Passed passed = pass(settings, x, {}, [](double) { return -5.0f; });
    for (double at = 42.1; at < 46.0; at += 0.1) {
        CAPTURE(at);
        REQUIRE(passed.at(at) == Approx(passed.at(19.9)).margin(1.5));
    }
}

TEST_CASE("a louder voice that is heard again is soon at its own gain") {
    Channel x;
    for (unsigned turn = 0; turn < 4; ++turn) {
        append(x, music(-27.0, 6.0, 2 * turn));
        append(x, music(-16.0, 6.0, 2 * turn + 1));
    }
    const Passed passed = pass({}, x);
    CHECK(passed.at(41.9) > passed.at(47.9) + 7.0f);
    CHECK(passed.at(44.0) == Approx(passed.at(47.9)).margin(1.0));
}

TEST_CASE("what the compressor lets go of in a fade does not raise it") {
    Channel x = music(-12.0, 60.0, 1);
    for (std::size_t i = 0; i < x.size(); ++i) // 60 dB in 40 s
        x[i] *= dsp::db_to_lin(
            -1.5f * std::max(0.0f, static_cast<float>(static_cast<double>(i) / kRate) - 20.0f));
    append(x, silence(1.0));
    const auto later_db = [](double seconds) {
        return static_cast<float>(std::clamp((seconds - 28.0) / 8.0 * 6.0, -6.0, 0.0));
    };
    const Passed passed = pass({}, x, {}, later_db);
    for (double at = 30.0; at < 44.0; at += 0.5) { // once it is known to be a fade
        CAPTURE(at);
        REQUIRE(passed.at(at) + later_db(at) < passed.at(19.9) + later_db(19.9) + 3.5f);
    }
    CHECK(passed.at(60.9) == passed.programme_at(60.9));
}

TEST_CASE("the gain for a known programme moves at the set rates") {
    Agc::Settings settings;
    settings.max_boost_db = 30.0f;
    settings.max_cut_db = 40.0f;
    Channel x = music(-30.0, 20.0, 1);
    append(x, music(-25.0, 8.0, 2)); // not so far off that the gain hurries
    append(x, music(-28.0, 12.0, 3));
    const auto history = pass(settings, x).programme_db;
    const float period_s = 0.01f;
    float fastest_rise = 0.0f;
    float fastest_fall = 0.0f;
    for (std::size_t i = Passed::step(20.0); i < history.size(); ++i) {
        fastest_rise = std::max(fastest_rise, (history[i] - history[i - 1]) / period_s);
        fastest_fall = std::max(fastest_fall, (history[i - 1] - history[i]) / period_s);
    }
    CHECK(fastest_rise > 0.0f);
    CHECK(fastest_rise < 1.2f * settings.release_db_per_s);
    CHECK(fastest_fall > 0.0f);
    CHECK(fastest_fall < 1.01f * settings.attack_db_per_s);
}

TEST_CASE("a sudden sound is held down while it lasts, and leaves no hole") {
    const Agc::Settings settings;
    for (const double seconds : {0.3, 0.6, 1.5}) {
        Channel x = music(-35.0, 20.0, 1);
        append(x, noise(-5.0, seconds, kRate, 2));
        append(x, music(-35.0, 5.0, 3));
        const Passed passed = pass(settings, x);
        CAPTURE(seconds);
        CHECK(passed.at(20.0 + 0.15) < passed.at(19.9) - 10.0f);
        CHECK(passed.at(20.0 + seconds + 0.7) == Approx(passed.at(19.9)).margin(1.0));
        CHECK(passed.programme_at(20.0 + seconds) == Approx(passed.programme_at(19.9)).margin(0.5));
    }
}

TEST_CASE("a sound that rings out over a level that was left lately leaves no hole either") {
    const Agc::Settings settings{.target_lufs = -23.0f, .max_boost_db = 12.0f};
    Channel x = music(-25.0, 12.0, 1);
    append(x, music(-34.0, 8.0, 2));
    Channel ding = sine(880.0, -8.0, 0.8, kRate);
    for (std::size_t i = 0; i < ding.size(); ++i)
        ding[i] *= static_cast<float>(std::exp(-5.0 * static_cast<double>(i) / kRate));
    append(x, ding);
    append(x, music(-34.0, 5.0, 3));
    const Passed passed = pass(settings, x);
    for (double at = 20.7; at < 23.5; at += 0.2)
        CHECK(passed.programme_at(at) == Approx(passed.programme_at(19.9)).margin(0.5));
}

TEST_CASE("after a louder passage the gain returns to where it was") {
    Channel x = music(-35.0, 20.0, 1);
    append(x, music(-10.0, 8.0, 2));
    append(x, music(-35.0, 6.0, 3));
    const Passed passed = pass({}, x);
    CHECK(passed.at(27.9) < passed.at(19.9) - 12.0f); // it was long enough to be followed
    CHECK(passed.at(31.0) == Approx(passed.at(19.9)).margin(1.5));
}

TEST_CASE("the gain holds through pauses of silence and of room noise") {
    for (const double rest_dbfs : {-200.0, -70.0, -52.0}) {
        Channel x = music(-30.0, 20.0, 1);
        append(x, noise(rest_dbfs, 10.0, kRate, 2));
        append(x, music(-30.0, 5.0, 3));
        const Passed passed = pass({}, x);
        CAPTURE(rest_dbfs);
        for (double at = 20.0; at < 35.0; at += 0.1)
            REQUIRE(passed.at(at) == Approx(passed.at(19.9)).margin(1.0));
    }
}

TEST_CASE("no gain is held for ever") {
    // Quiet programme under the gate is no reason to keep a cut, nor is silence.
    for (const double rest_dbfs : {-60.0, -200.0}) {
        Channel x = music(-5.0, 20.0, 1);
        append(x, rest_dbfs < -100.0 ? silence(50.0) : music(rest_dbfs, 50.0, 2));
        const Passed passed = pass({}, x);
        CAPTURE(rest_dbfs);
        CHECK(passed.at(19.9) < -6.0f);
        CHECK(passed.at(69.9) > -0.5f);
    }
    Channel x = music(-40.0, 20.0, 1);
    append(x, silence(70.0));
    const Passed passed = pass({}, x);
    CHECK(passed.at(19.9) > 6.0f);
    CHECK(passed.at(89.9) == 0.0f);
}

TEST_CASE("the meter may skip silence, and nothing is different") {
    Channel before = music(-30.0, 8.0, 1);
    const Channel after = music(-20.0, 4.0, 2);
    constexpr double kPause_s = 30.0;
    Channel whole = before;
    append(whole, silence(kPause_s));
    append(whole, after);
    const Passed expected = pass({}, whole);

    Agc agc(kRate);
    LoudnessMeter meter(kRate, kMono);
    std::vector<float> gain_db;
    const auto play = [&](Channel x) {
        Audio audio{std::move(x)};
        run(
            audio,
            [&](dsp::AudioBlock block) {
                meter.process(block);
                agc.process(block);
            },
            {32, false},
            [&](std::size_t) {
                agc.step(meter, 0.0f);
                gain_db.push_back(agc.gain_db());
            });
    };
    append(before, silence(10.0));
    play(before);
    REQUIRE(meter.is_at_rest());
    meter.skip(static_cast<int>((kPause_s - 10.0) * kRate));
    play(after);
    REQUIRE(gain_db.size() < expected.gain_db.size());
    CHECK(std::equal(gain_db.rbegin(), gain_db.rbegin() + 4000, expected.gain_db.rbegin()));
}

TEST_CASE("gain of zero dB leaves the audio as it is, and a moving one has no steps") {
    Agc::Settings settings;
    settings.max_boost_db = 0.0f;
    settings.max_cut_db = 0.0f;
    const Channel x = music(-30.0, 3.0, 1);
    CHECK(pass(settings, x).out == x);

    // A constant with an AGC that hears something else.
    settings.max_boost_db = 20.0f;
    settings.release_db_per_s = 20.0f;
    Agc agc(kRate);
    agc.set(settings);
    LoudnessMeter meter(kRate, kMono);
    Audio heard{music(-40.0, 8.0, 2)};
    Channel constant(heard[0].size(), 0.05f);
    std::size_t done = 0;
    run(
        heard,
        [&](dsp::AudioBlock block) {
            meter.process(block);
            float *channels[] = {constant.data() + done};
            agc.process({channels, 1, block.frames});
            done += static_cast<std::size_t>(block.frames);
        },
        {32, true}, [&](std::size_t) { agc.step(meter, 0.0f); });
    double largest_step = 0.0;
    for (std::size_t i = 1; i < constant.size(); ++i)
        largest_step =
            std::max(largest_step, std::fabs(level_db(static_cast<double>(constant[i])) -
                                             level_db(static_cast<double>(constant[i - 1]))));
    CHECK(largest_step < 1.1 * 4.0 * 20.0 / kRate); // the gain hurries at most so
    CHECK(level_db(static_cast<double>(constant.back())) > level_db(0.05) + 15.0);
}

TEST_CASE("AGC output does not depend on the cut") {
    Channel x = music(-40.0, 3.0, 1);
    append(x, music(0.0, 3.0, 2));
    const Channel expected = pass({}, x).out;
    CHECK(pass({}, x, {32, true}).out == expected);
    CHECK(pass({}, x, {1, false}).out == expected);
}
