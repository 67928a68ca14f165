// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/dsp/true_peak_meter.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/ebu_signals.hpp"

#include <ebur128.h>

#include <memory>

using namespace headroom;
using namespace headroom::test;
using ebu::kSilence_db;
using ebu::repeated;
using ebu::stereo;
using ebu::Tone;
using ebu::tones;

namespace {

constexpr double kMeterRates[] = {44100.0, 48000.0, 96000.0};

struct Readings {
    double integrated_lufs = 0.0;
    double range_lu = 0.0;
    double max_momentary_lufs = 0.0;
    double max_short_term_lufs = 0.0;
    std::vector<double> momentary_lufs; ///< every 10 ms, as the grid allows
    std::vector<double> short_term_lufs;
};

Readings measured(Audio audio, double rate, const std::vector<float> &weights) {
    dsp::LoudnessMeter meter(rate, weights);
    Readings r;
    std::size_t next = 0;
    run(
        audio, [&](dsp::AudioBlock block) { meter.process(block); }, {},
        [&](std::size_t frame) {
            if (static_cast<double>(frame) < static_cast<double>(next) * rate / 100.0)
                return;
            ++next;
            r.momentary_lufs.push_back(static_cast<double>(meter.momentary_lufs()));
            r.short_term_lufs.push_back(static_cast<double>(meter.short_term_lufs()));
        });
    r.integrated_lufs = static_cast<double>(meter.integrated_lufs());
    r.range_lu = static_cast<double>(meter.loudness_range_lu());
    r.max_momentary_lufs = static_cast<double>(meter.max_momentary_lufs());
    r.max_short_term_lufs = static_cast<double>(meter.max_short_term_lufs());
    return r;
}

Readings measured(const Audio &audio, double rate) {
    return measured(audio, rate, std::vector<float>(audio.size(), 1.0f));
}

/// The reading furthest from the wanted one, from a time on.
double furthest(const std::vector<double> &readings, double from_s, double wanted) {
    double worst = wanted;
    for (auto i = static_cast<std::size_t>(from_s * 100.0 + 1.0); i < readings.size(); ++i)
        if (std::fabs(readings[i] - wanted) > std::fabs(worst - wanted))
            worst = readings[i];
    return worst;
}

double true_peak_db(Audio audio, double rate) {
    for (Channel &channel : audio)
        channel.resize(channel.size() + 256, 0.0f);
    dsp::TruePeakMeter meter(rate, static_cast<int>(audio.size()));
    run(audio, [&](dsp::AudioBlock block) { meter.process(block); });
    return level_db(static_cast<double>(meter.take_peak_lin()));
}

} // namespace

TEST_CASE("EBU Tech 3341 cases 1 and 2: steady tone, all three times") {
    for (const double rate : kMeterRates)
        for (const double level : {-23.0, -33.0}) {
            const Readings r = measured(stereo(tones(rate, {{level, 20.0}})), rate);
            CAPTURE(rate, level);
            CHECK(r.integrated_lufs == Approx(level).margin(0.1));
            CHECK(furthest(r.short_term_lufs, 3.0, level) == Approx(level).margin(0.1));
            CHECK(furthest(r.momentary_lufs, 1.0, level) == Approx(level).margin(0.1));
        }
}

TEST_CASE("EBU Tech 3341 cases 3 to 5: both gates") {
    for (const double rate : kMeterRates) {
        CAPTURE(rate);
        const auto integrated = [&](const std::vector<Tone> &sequence) {
            return measured(stereo(tones(rate, sequence)), rate).integrated_lufs;
        };
        CHECK(integrated({{-36, 10}, {-23, 60}, {-36, 10}}) == Approx(-23.0).margin(0.1));
        CHECK(integrated({{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}) ==
              Approx(-23.0).margin(0.1));
        CHECK(integrated({{-26, 20}, {-20, 20.1}, {-26, 20}}) == Approx(-23.0).margin(0.1));
    }
}

TEST_CASE("EBU Tech 3341 case 6: weights of five channels") {
    for (const double rate : kMeterRates) {
        const auto tone = [&](double level) { return tones(rate, {{level, 20.0}}); };
        const Readings r = measured({tone(-28), tone(-28), tone(-24), tone(-30), tone(-30)}, rate,
                                    {1.0f, 1.0f, 1.0f, 1.41f, 1.41f});
        CAPTURE(rate);
        CHECK(r.integrated_lufs == Approx(-23.0).margin(0.1));
    }
}

TEST_CASE("EBU Tech 3341 cases 9 and 12: steady readings of a pulsing tone") {
    for (const double rate : kMeterRates) {
        CAPTURE(rate);
        const Readings slow =
            measured(stereo(tones(rate, repeated(5, {{-20, 1.34}, {-30, 1.66}}))), rate);
        CHECK(furthest(slow.short_term_lufs, 3.0, -23.0) == Approx(-23.0).margin(0.1));
        const Readings fast =
            measured(stereo(tones(rate, repeated(25, {{-20, 0.18}, {-30, 0.22}}))), rate);
        CHECK(furthest(fast.momentary_lufs, 1.0, -23.0) == Approx(-23.0).margin(0.1));
    }
}

TEST_CASE("EBU Tech 3341 cases 10 and 13: maxima of a tone that starts at any time") {
    for (const double rate : kMeterRates)
        for (int i = 0; i < 20; ++i) {
            CAPTURE(rate, i);
            CHECK(
                measured(stereo(tones(rate, {{kSilence_db, i * 0.15}, {-23, 3}, {kSilence_db, 1}})),
                         rate)
                    .max_short_term_lufs == Approx(-23.0).margin(0.1));
            CHECK(measured(
                      stereo(tones(rate, {{kSilence_db, i * 0.02}, {-23, 0.4}, {kSilence_db, 1}})),
                      rate)
                      .max_momentary_lufs == Approx(-23.0).margin(0.1));
        }
}

TEST_CASE("EBU Tech 3341 cases 11 and 14: maxima of tones at successive levels") {
    for (const double rate : kMeterRates) {
        std::vector<Tone> slow;
        std::vector<Tone> fast;
        for (int i = 0; i < 20; ++i) {
            const double level = -38.0 + i;
            slow.insert(slow.end(),
                        {{kSilence_db, i * 0.15}, {level, 3}, {kSilence_db, 3 - i * 0.15}});
            fast.insert(fast.end(),
                        {{kSilence_db, i * 0.02}, {level, 0.4}, {kSilence_db, 0.4 - i * 0.02}});
        }
        const Readings s = measured(stereo(tones(rate, slow)), rate);
        const Readings m = measured(stereo(tones(rate, fast)), rate);
        for (std::size_t i = 0; i < 20; ++i) {
            const double wanted = -38.0 + static_cast<double>(i);
            const auto highest = [&](const std::vector<double> &readings, std::size_t length) {
                const auto end = std::min(readings.size(), (i + 1) * length + 1);
                return *std::max_element(readings.begin() + static_cast<std::ptrdiff_t>(i * length),
                                         readings.begin() + static_cast<std::ptrdiff_t>(end));
            };
            CAPTURE(rate, i);
            CHECK(highest(s.short_term_lufs, 600) == Approx(wanted).margin(0.1));
            CHECK(highest(m.momentary_lufs, 80) == Approx(wanted).margin(0.1));
        }
    }
}

TEST_CASE("EBU Tech 3341 cases 15 to 23: true peak") {
    struct Case {
        double divisor, peak, phase_deg, wanted_db;
    };
    for (const double rate : kMeterRates) {
        CAPTURE(rate);
        for (const Case &c : {Case{4, 0.5, 0, -6}, Case{4, 0.5, 45, -6}, Case{6, 0.5, 60, -6},
                              Case{8, 0.5, 67.5, -6}, Case{4, 1.41, 45, 3}}) {
            const double got =
                true_peak_db({ebu::steady_sine(rate, c.divisor, c.peak, c.phase_deg)}, rate);
            CAPTURE(c.divisor, c.phase_deg);
            CHECK(got <= c.wanted_db + 0.2);
            CHECK(got >= c.wanted_db - 0.4);
        }
        for (int offset = 0; offset < 4; ++offset) {
            const double got = true_peak_db({ebu::overlaid_period(rate, offset)}, rate);
            CAPTURE(offset);
            CHECK(got <= 0.2);
            CHECK(got >= -0.4);
        }
    }
}

TEST_CASE("EBU Tech 3342: loudness range") {
    for (const double rate : kMeterRates) {
        CAPTURE(rate);
        const auto range = [&](const std::vector<Tone> &sequence) {
            return measured(stereo(tones(rate, sequence)), rate).range_lu;
        };
        CHECK(range({{-20, 20}, {-30, 20}}) == Approx(10.0).margin(1.0));
        CHECK(range({{-20, 20}, {-15, 20}}) == Approx(5.0).margin(1.0));
        CHECK(range({{-40, 20}, {-20, 20}}) == Approx(20.0).margin(1.0));
        CHECK(range({{-50, 20}, {-35, 20}, {-20, 20}, {-35, 20}, {-50, 20}}) ==
              Approx(15.0).margin(1.0));
    }
}

TEST_CASE("ITU-R BS.1770: a 997 Hz tone at full scale in one front channel reads -3.01 LKFS") {
    const Channel tone = sine(997.0, 0.0, 5.0, 48000.0);
    CHECK(measured({tone, Channel(tone.size(), 0.0f)}, 48000.0).integrated_lufs ==
          Approx(-3.0103).margin(0.01));
}

TEST_CASE("loudness agrees with libebur128 on a programme of changing level") {
    for (const double rate : kMeterRates) {
        Audio audio;
        for (std::uint64_t c = 0; c < 2; ++c) {
            Channel x = noise(-6.0, 40.0, rate, c + 1);
            const Channel tune = sine(220.0 + 110.0 * static_cast<double>(c), -9.0, 40.0, rate);
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double t = static_cast<double>(i) / rate;
                const double swell =
                    amplitude(-14.0 - 12.0 * std::sin(0.7 * t) - 6.0 * std::cos(3.1 * t));
                x[i] = static_cast<float>(swell * static_cast<double>(0.5f * x[i] + tune[i]));
            }
            audio.push_back(std::move(x));
        }
        const std::unique_ptr<ebur128_state, void (*)(ebur128_state *)> reference(
            ebur128_init(2, static_cast<unsigned long>(rate),
                         EBUR128_MODE_I | EBUR128_MODE_S | EBUR128_MODE_LRA),
            [](ebur128_state *state) { ebur128_destroy(&state); });
        std::vector<float> interleaved;
        for (std::size_t i = 0; i < audio[0].size(); ++i) {
            interleaved.push_back(audio[0][i]);
            interleaved.push_back(audio[1][i]);
        }
        ebur128_add_frames_float(reference.get(), interleaved.data(), audio[0].size());
        double integrated = 0.0;
        double range = 0.0;
        double momentary = 0.0;
        double short_term = 0.0;
        ebur128_loudness_global(reference.get(), &integrated);
        ebur128_loudness_range(reference.get(), &range);
        ebur128_loudness_momentary(reference.get(), &momentary);
        ebur128_loudness_shortterm(reference.get(), &short_term);

        dsp::LoudnessMeter meter(rate, std::vector<float>{1.0f, 1.0f});
        run(audio, [&](dsp::AudioBlock block) { meter.process(block); });
        CAPTURE(rate);
        CHECK(meter.integrated_lufs() == Approx(integrated).margin(0.02));
        // libebur128 takes one block of 3 s a second, ours takes ten.
        CHECK(meter.loudness_range_lu() == Approx(range).margin(0.6));
        CHECK(meter.momentary_lufs() == Approx(momentary).margin(0.02));
        CHECK(meter.short_term_lufs() == Approx(short_term).margin(0.02));
    }
}
