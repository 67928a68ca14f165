// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/agc.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <array>

using namespace headroom;
using namespace headroom::test;
using dsp::Agc;
using dsp::LoudnessMeter;

namespace {

constexpr double kRate = 48000.0;
constexpr std::array<float, 1> kMono{1.0f};

/// Gain after each grid step of an AGC that hears what it is given.
std::vector<float> gains(const Agc::Settings &settings, Channel programme, Cut cut = {},
                         Channel *out = nullptr) {
    Agc agc(kRate);
    agc.set(settings);
    LoudnessMeter meter(kRate, kMono);
    std::vector<float> history;
    Audio audio{std::move(programme)};
    run(
        audio,
        [&](dsp::AudioBlock block) {
            meter.process(block);
            agc.process(block);
        },
        cut,
        [&](std::size_t) {
            agc.step(meter.momentary_lufs(), meter.short_term_lufs());
            history.push_back(agc.gain_db());
        });
    if (out != nullptr)
        *out = audio[0];
    return history;
}

} // namespace

TEST_CASE("quiet and loud programme are brought to the target, within the bounds") {
    Agc::Settings settings;
    CHECK(gains(settings, noise(-15.0, 20.0, kRate, 1)).back() == Approx(0.0).margin(2.0));
    for (const double level : {-40.0, -25.0, 5.0}) {
        LoudnessMeter meter(kRate, kMono);
        Channel x = noise(level, 20.0, kRate, 1);
        Audio copy{x};
        run(copy, [&](dsp::AudioBlock block) { meter.process(block); });
        const float wanted = std::clamp(settings.target_lufs - meter.integrated_lufs(),
                                        -settings.max_cut_db, settings.max_boost_db);
        CAPTURE(level);
        CHECK(gains(settings, x).back() == Approx(wanted).margin(0.6));
    }
}

TEST_CASE("gain never moves faster than the set rates") {
    Agc::Settings settings;
    settings.max_boost_db = 30.0f;
    settings.max_cut_db = 40.0f;
    Channel x = noise(-40.0, 8.0, kRate, 1);
    append(x, noise(0.0, 8.0, kRate, 2));
    append(x, noise(-45.0, 8.0, kRate, 3));
    const auto history = gains(settings, x);
    const float period_s = static_cast<float>(dsp::kGridFrames / kRate);
    float fastest_rise = 0.0f;
    float fastest_fall = 0.0f;
    for (std::size_t i = 1; i < history.size(); ++i) {
        fastest_rise = std::max(fastest_rise, (history[i] - history[i - 1]) / period_s);
        fastest_fall = std::max(fastest_fall, (history[i - 1] - history[i]) / period_s);
    }
    CHECK(fastest_rise == Approx(settings.release_db_per_s).epsilon(0.01));
    CHECK(fastest_fall == Approx(settings.attack_db_per_s).epsilon(0.01));
}

TEST_CASE("gain holds through silence and through noise under the gate") {
    for (const double rest_db : {-200.0, -52.0}) {
        Channel x = noise(-30.0, 15.0, kRate, 1);
        const std::size_t pause = x.size() / dsp::kGridFrames;
        append(x, noise(rest_db, 60.0, kRate, 2));
        const auto history = gains({}, x);
        CAPTURE(rest_db);
        for (std::size_t i = pause; i < history.size(); ++i)
            REQUIRE(history[i] == Approx(history[pause]).margin(0.1));
    }
}

TEST_CASE("gain does not rise where programme returns after silence") {
    Channel x = noise(-20.0, 15.0, kRate, 1);
    append(x, noise(-200.0, 5.0, kRate, 2));
    const std::size_t back = x.size() / dsp::kGridFrames;
    append(x, noise(-20.0, 5.0, kRate, 3));
    const auto history = gains({}, x);
    for (std::size_t i = back; i < history.size(); ++i)
        REQUIRE(history[i] == Approx(history[back]).margin(0.75));
}

TEST_CASE("gain of zero dB leaves the audio as it is, and a moving one has no steps") {
    Agc::Settings settings;
    settings.max_boost_db = 0.0f;
    settings.max_cut_db = 0.0f;
    Channel out;
    const Channel x = noise(-30.0, 3.0, kRate, 1);
    gains(settings, x, {}, &out);
    CHECK(out == x);

    Channel constant(5 * 48000, 0.05f);
    Agc agc(kRate);
    settings.max_boost_db = 20.0f;
    settings.release_db_per_s = 20.0f;
    agc.set(settings);
    Audio audio{constant};
    run(
        audio, [&](dsp::AudioBlock block) { agc.process(block); }, {32, true},
        [&](std::size_t) { agc.step(-40.0f, -40.0f); });
    double largest_step = 0.0;
    for (std::size_t i = 1; i < constant.size(); ++i)
        largest_step =
            std::max(largest_step, std::fabs(level_db(static_cast<double>(audio[0][i])) -
                                             level_db(static_cast<double>(audio[0][i - 1]))));
    CHECK(largest_step < 1.1 * 20.0 / kRate);
    CHECK(level_db(static_cast<double>(audio[0].back())) ==
          Approx(level_db(0.05) + 20.0).margin(0.01));
}

TEST_CASE("AGC output does not depend on the cut") {
    Channel x = noise(-40.0, 3.0, kRate, 1);
    append(x, noise(0.0, 3.0, kRate, 2));
    Channel expected;
    Channel out;
    gains({}, x, {}, &expected);
    gains({}, x, {32, true}, &out);
    CHECK(out == expected);
    gains({}, x, {1, false}, &out);
    CHECK(out == expected);
}
