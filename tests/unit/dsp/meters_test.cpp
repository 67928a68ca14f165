// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/dsp/true_peak_meter.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <array>

using namespace headroom;
using namespace headroom::test;
using dsp::LoudnessMeter;
using dsp::TruePeakMeter;

namespace {

constexpr std::array<float, 2> kStereo{1.0f, 1.0f};

void measure(LoudnessMeter &meter, Audio audio, Cut cut = {}) {
    run(
        audio, [&](dsp::AudioBlock block) { meter.process(block); }, cut);
}

} // namespace

TEST_CASE("a 1 kHz stereo tone at -23 dBFS reads -23 LUFS everywhere") {
    for (const double rate : {22050.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
        LoudnessMeter meter(rate, kStereo);
        CHECK(meter.momentary_lufs() == LoudnessMeter::kSilence_lufs);
        CHECK(meter.integrated_lufs() == LoudnessMeter::kSilence_lufs);
        const Channel tone = sine(1000.0, -23.0, 5.0, rate);
        measure(meter, {tone, tone});
        CAPTURE(rate);
        CHECK(meter.momentary_lufs() == Approx(-23.0).margin(0.05));
        CHECK(meter.short_term_lufs() == Approx(-23.0).margin(0.05));
        CHECK(meter.integrated_lufs() == Approx(-23.0).margin(0.05));
        CHECK(meter.max_momentary_lufs() == Approx(-23.0).margin(0.05));
        CHECK(meter.max_short_term_lufs() == Approx(-23.0).margin(0.05));
        CHECK(meter.loudness_range_lu() == Approx(0.0).margin(0.05));
    }
}

TEST_CASE("channels count by their weights, and those of weight 0 not at all") {
    const Channel tone = sine(1000.0, -20.0, 1.0, 48000.0);
    const Channel silence(tone.size(), 0.0f);
    const auto momentary = [&](std::vector<float> weights, Audio audio) {
        LoudnessMeter meter(48000.0, weights);
        measure(meter, std::move(audio));
        return static_cast<double>(meter.momentary_lufs());
    };
    const double one = momentary({1.0f}, {tone});
    CHECK(one == Approx(-23.0).margin(0.05));
    CHECK(momentary({1.0f, 1.0f}, {tone, silence}) == Approx(one).margin(1e-4));
    CHECK(momentary({1.0f, 1.0f, 1.0f}, {tone, tone, tone}) == Approx(one + 4.771).margin(1e-3));
    CHECK(momentary({1.0f, 1.41f}, {silence, tone}) == Approx(one + 1.492).margin(1e-3));
    CHECK(momentary({1.0f, 1.0f, 0.0f}, {tone, silence, tone}) == Approx(one).margin(1e-4));
}

TEST_CASE("readings change every 10 ms at frames that only depend on the frame count") {
    for (const double rate : {44100.0, 48000.0, 22050.0}) {
        const Audio in{noise(-6.0, 1.0, rate, 1), noise(-6.0, 1.0, rate, 2)};
        std::vector<std::vector<std::pair<std::size_t, float>>> changes;
        for (const Cut cut : {Cut{32, false}, Cut{1, false}, Cut{32, true}}) {
            LoudnessMeter meter(rate, kStereo);
            std::vector<std::pair<std::size_t, float>> seen;
            std::size_t frame = 0;
            float last = meter.momentary_lufs();
            Audio audio = in;
            run(
                audio,
                [&](dsp::AudioBlock block) {
                    meter.process(block);
                    frame += static_cast<std::size_t>(block.frames);
                    if (frame % dsp::kGridFrames == 0 && meter.momentary_lufs() != last)
                        seen.emplace_back(frame, last = meter.momentary_lufs());
                },
                cut);
            CHECK(seen.size() >= 99); // the last one may lie behind the last whole grid period
            CHECK(seen.size() <= 100);
            changes.push_back(seen);
        }
        CHECK(changes[0] == changes[1]);
        CHECK(changes[0] == changes[2]);
    }
}

TEST_CASE("integrated loudness starts anew without touching momentary loudness") {
    LoudnessMeter meter(48000.0, kStereo);
    const Channel loud = sine(1000.0, -10.0, 4.0, 48000.0);
    const Channel quiet = sine(1000.0, -30.0, 4.0, 48000.0);
    measure(meter, {loud, loud});
    const float momentary = meter.momentary_lufs();
    meter.reset_integrated();
    CHECK(meter.momentary_lufs() == momentary);
    CHECK(meter.integrated_lufs() == LoudnessMeter::kSilence_lufs);
    CHECK(meter.max_momentary_lufs() == LoudnessMeter::kSilence_lufs);
    measure(meter, {quiet, quiet});
    CHECK(meter.integrated_lufs() == Approx(-30.0).margin(0.05));
    meter.reset();
    CHECK(meter.momentary_lufs() == LoudnessMeter::kSilence_lufs);
    measure(meter, {quiet, quiet});
    CHECK(meter.short_term_lufs() == Approx(-30.0).margin(0.05));
}

TEST_CASE("what is left out counts in no window of integrated loudness and range") {
    LoudnessMeter meter(48000.0, kStereo);
    const Channel quiet = sine(1000.0, -30.0, 5.0, 48000.0);
    const Channel loud = sine(1000.0, -10.0, 5.0, 48000.0);
    measure(meter, {quiet, quiet});
    const float integrated = meter.integrated_lufs();
    for (std::size_t at = 0; at < loud.size(); at += 240) {
        meter.leave_out();
        const Channel part(loud.begin() + static_cast<std::ptrdiff_t>(at),
                           loud.begin() + static_cast<std::ptrdiff_t>(at + 240));
        measure(meter, {part, part});
    }
    CHECK(meter.short_term_lufs() == Approx(-10.0).margin(0.05));
    CHECK(meter.integrated_lufs() == integrated);
    measure(meter, {quiet, quiet});
    CHECK(meter.integrated_lufs() == Approx(integrated).margin(0.01));
    CHECK(meter.loudness_range_lu() < 0.1f);
}

TEST_CASE("a pause costs nothing and changes no reading") {
    // What the second meter hears beside the programme is far under one bit of it, and never rests.
    constexpr std::array<float, 1> kMono{1.0f};
    constexpr std::array<float, 2> kHardlyStereo{1.0f, 1e-30f};
    LoudnessMeter resting(48000.0, kMono);
    LoudnessMeter busy(48000.0, kHardlyStereo);
    for (int pass = 0; pass < 2; ++pass)
        for (const Channel &piece : {noise(-20.0, 2.0, 48000.0, 1), Channel(8 * 48000, 0.0f)}) {
            measure(resting, {piece});
            Channel other = noise(0.0, 8.0, 48000.0, 2);
            other.resize(piece.size());
            measure(busy, {piece, other});
            CHECK(resting.momentary_lufs() == busy.momentary_lufs());
            CHECK(resting.short_term_lufs() == busy.short_term_lufs());
            CHECK(resting.integrated_lufs() == busy.integrated_lufs());
            CHECK(resting.loudness_range_lu() == busy.loudness_range_lu());
        }
}

TEST_CASE("true peak of sines between samples is found at every rate") {
    for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
        TruePeakMeter meter(rate, 2);
        Audio audio{Channel(static_cast<std::size_t>(rate / 2.0)),
                    faded(sine(rate / 4.0, -6.0, 0.5, rate, 0.25 * std::numbers::pi), 0.05, rate)};
        audio[0].resize(audio[1].size());
        run(audio, [&](dsp::AudioBlock block) { meter.process(block); }, {32, true});
        CAPTURE(rate);
        CHECK(level_db(static_cast<double>(meter.take_peak_lin())) == Approx(-6.0).margin(0.02));
        CHECK(level_db(highest_sample(audio)) < -8.9);
    }
}

TEST_CASE("true peak reads the highest since the last reading, for every cut") {
    const Audio in{noise(-3.0, 0.5, 48000.0, 5)};
    std::vector<float> first;
    for (const Cut cut : {Cut{32, false}, Cut{1, false}, Cut{32, true}}) {
        TruePeakMeter meter(48000.0, 1);
        Audio audio = in;
        std::vector<float> readings;
        run(
            audio, [&](dsp::AudioBlock block) { meter.process(block); }, cut,
            [&](std::size_t frame) {
                if (frame % 1600 == 0)
                    readings.push_back(meter.take_peak_lin());
            });
        if (first.empty())
            first = readings;
        CHECK(readings == first);
        meter.reset();
        CHECK(meter.take_peak_lin() == 0.0f);
    }
}
