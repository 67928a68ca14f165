// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/biquad.hpp"
#include "jack_client/dsp/equaliser.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <functional>
#include <numbers>
#include <vector>

using namespace headroom;
using namespace headroom::test;
using dsp::Equaliser;
using Settings = Equaliser::Settings;
using Band = Equaliser::Band;

namespace {

constexpr double kRates_hz[] = {44100.0, 48000.0, 96000.0, 192000.0};

/// Runs audio through an equaliser whose settings for each grid period come from a function.
Audio equalised(Audio audio, double sample_rate_hz,
                const std::function<Settings(std::size_t frame)> &settings, Cut cut = {}) {
    Equaliser equaliser(sample_rate_hz, static_cast<int>(audio.size()));
    run(
        audio, [&](dsp::AudioBlock block) { equaliser.process(block); }, cut,
        [&](std::size_t frame) { equaliser.set(settings(frame)); });
    return audio;
}

Audio equalised(Audio audio, double sample_rate_hz, const Settings &settings, Cut cut = {}) {
    return equalised(
        std::move(audio), sample_rate_hz, [&](std::size_t) { return settings; }, cut);
}

Settings everything_on() {
    Settings s;
    s.low_cut = {true, 60.0f, Equaliser::Slope::db_24};
    s.low_shelf = {true, 150.0f, 4.0f, 0.7f};
    s.high_shelf = {true, 6000.0f, -5.0f, 0.7f};
    s.bells = {Band{true, 200.0f, -6.0f, 2.0f}, Band{true, 900.0f, 3.0f, 0.5f},
               Band{true, 2500.0f, -9.0f, 4.0f}, Band{true, 9000.0f, 6.0f, 1.0f}};
    return s;
}

bool same_bits(const Audio &a, const Audio &b) {
    for (std::size_t c = 0; c < a.size(); ++c)
        if (std::memcmp(a[c].data(), b[c].data(), a[c].size() * sizeof(float)) != 0)
            return false;
    return a.size() == b.size();
}

/// Gain of the settled equaliser at frequencies, from its impulse response.
std::vector<double> gains_db(const Settings &settings, double sample_rate_hz,
                             const std::vector<double> &frequencies_hz) {
    Audio impulse{Channel(static_cast<std::size_t>(sample_rate_hz / 2), 0.0f)};
    impulse[0][0] = 1.0f;
    const Channel response = equalised(std::move(impulse), sample_rate_hz, settings)[0];
    std::vector<double> gains;
    for (const double frequency_hz : frequencies_hz) {
        const auto turn = std::polar(1.0, -2.0 * std::numbers::pi * frequency_hz / sample_rate_hz);
        std::complex<double> sum = 0.0;
        for (std::size_t i = response.size(); i-- > 0;)
            sum = sum * turn + static_cast<double>(response[i]);
        gains.push_back(level_db(std::abs(sum)));
    }
    return gains;
}

/// The cookbook's analogue prototypes.
double bell_db(const Band &band, double frequency_hz) {
    const double a = std::pow(10.0, static_cast<double>(band.gain_db) / 40.0);
    const std::complex<double> s(0.0, frequency_hz / static_cast<double>(band.frequency_hz));
    const auto q = static_cast<double>(band.q);
    return level_db(std::abs((s * s + s * (a / q) + 1.0) / (s * s + s / (a * q) + 1.0)));
}
double low_shelf_db(const Band &band, double frequency_hz) {
    const double a = std::pow(10.0, static_cast<double>(band.gain_db) / 40.0);
    const std::complex<double> s(0.0, frequency_hz / static_cast<double>(band.frequency_hz));
    const auto b = s * (std::sqrt(a) / static_cast<double>(band.q));
    return level_db(std::abs(a * (s * s + b + a) / (a * s * s + b + 1.0)));
}
double high_shelf_db(const Band &band, double frequency_hz) {
    const double a = std::pow(10.0, static_cast<double>(band.gain_db) / 40.0);
    const std::complex<double> s(0.0, frequency_hz / static_cast<double>(band.frequency_hz));
    const auto b = s * (std::sqrt(a) / static_cast<double>(band.q));
    return level_db(std::abs(a * (a * s * s + b + 1.0) / (s * s + b + a)));
}
double butterworth_db(int order, double corner_hz, double frequency_hz) {
    return -10.0 * std::log10(1.0 + std::pow(corner_hz / frequency_hz, 2.0 * order));
}

std::vector<double> audible_frequencies(double highest_hz) {
    std::vector<double> frequencies_hz;
    for (int third = 0; frequencies_hz.empty() || frequencies_hz.back() < 0.99 * highest_hz;
         ++third)
        frequencies_hz.push_back(20.0 * std::pow(10.0, 0.1 * third));
    return frequencies_hz;
}

/// Largest magnitude above 4 kHz, against a sine of 0 dBFS: what a click is made of.
double click_db(const Channel &x, double sample_rate_hz, std::size_t from) {
    const auto highpass = dsp::butterworth_highpass(4000.0, sample_rate_hz);
    dsp::Biquad<double> stages[3];
    double peak = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        auto v = static_cast<double>(x[i]);
        for (auto &stage : stages)
            v = stage.process(highpass, v);
        if (i >= from)
            peak = std::max(peak, std::fabs(v));
    }
    return level_db(peak);
}

} // namespace

TEST_CASE("an equaliser with every band off, or at 0 dB, copies bit for bit") {
    const Audio in{noise(6.0, 0.2, 48000.0, 1), noise(-120.0, 0.2, 48000.0, 2)};
    Settings flat;
    CHECK(same_bits(equalised(in, 48000.0, flat), in));
    flat.low_shelf.on = flat.high_shelf.on = true;
    for (Band &bell : flat.bells)
        bell.on = true;
    CHECK(same_bits(equalised(in, 48000.0, flat), in));
}

TEST_CASE("low cut is Butterworth's of second or fourth order") {
    for (const double rate_hz : kRates_hz)
        for (const float corner_hz : {20.0f, 80.0f, 400.0f, 1000.0f})
            for (const int order : {2, 4}) {
                Settings s;
                s.low_cut = {true, corner_hz,
                             order == 2 ? Equaliser::Slope::db_12 : Equaliser::Slope::db_24};
                const auto frequencies_hz = audible_frequencies(20000.0);
                const auto gains = gains_db(s, rate_hz, frequencies_hz);
                for (std::size_t i = 0; i < gains.size(); ++i) {
                    const double theory_db =
                        butterworth_db(order, static_cast<double>(corner_hz), frequencies_hz[i]);
                    if (theory_db < -90.0)
                        continue; // under the rounding of the output to float
                    CAPTURE(rate_hz, corner_hz, order, frequencies_hz[i]);
                    CHECK(gains[i] == Approx(theory_db).margin(0.05));
                }
            }
}

TEST_CASE("bells and shelves follow their analogue prototypes") {
    struct Kind {
        Band &(*band)(Settings &);
        double (*theory_db)(const Band &, double);
        std::vector<float> qs;
    };
    const Kind kinds[] = {
        {[](Settings &s) -> Band & { return s.bells[2]; }, bell_db, {0.4f, 1.0f, 8.0f}},
        {[](Settings &s) -> Band & { return s.low_shelf; }, low_shelf_db, {0.4f, 0.7071f}},
        {[](Settings &s) -> Band & { return s.high_shelf; }, high_shelf_db, {0.4f, 0.7071f}}};
    for (const double rate_hz : kRates_hz)
        for (const Kind &kind : kinds)
            for (const float centre_hz : {100.0f, 1000.0f, 5000.0f, 10000.0f, 16000.0f})
                for (const float gain_db : {12.0f, -12.0f, 1.0f})
                    for (const float q : kind.qs) {
                        Settings s;
                        Band &band = kind.band(s);
                        band = {true, centre_hz, gain_db, q};
                        const auto frequencies_hz = audible_frequencies(20000.0);
                        const auto gains = gains_db(s, rate_hz, frequencies_hz);
                        for (std::size_t i = 0; i < gains.size(); ++i) {
                            CAPTURE(rate_hz, centre_hz, gain_db, q, frequencies_hz[i]);
                            CHECK(gains[i] ==
                                  Approx(kind.theory_db(band, frequencies_hz[i])).margin(0.05));
                        }
                        CAPTURE(rate_hz, centre_hz, gain_db, q);
                        const auto centre = static_cast<double>(centre_hz);
                        CHECK(gains_db(s, rate_hz, {centre})[0] ==
                              Approx(kind.theory_db(band, centre)).margin(0.001));
                    }
}

TEST_CASE("bands add up in series, and a cut undoes a boost") {
    const auto frequencies_hz = audible_frequencies(20000.0);
    const Settings s = everything_on();
    const auto gains = gains_db(s, 192000.0, frequencies_hz);
    for (std::size_t i = 0; i < gains.size(); ++i) {
        const double f = frequencies_hz[i];
        double theory_db = butterworth_db(4, 60.0, f) + low_shelf_db(s.low_shelf, f) +
                           high_shelf_db(s.high_shelf, f);
        for (const Band &bell : s.bells)
            theory_db += bell_db(bell, f);
        CAPTURE(f);
        CHECK(gains[i] == Approx(theory_db).margin(0.05));
    }
    Settings undone;
    undone.bells[0] = {true, 15000.0f, 18.0f, 0.5f};
    undone.bells[1] = {true, 15000.0f, -18.0f, 0.5f};
    for (const double gain : gains_db(undone, 44100.0, frequencies_hz))
        CHECK(gain == Approx(0.0).margin(1e-5));
}

TEST_CASE("any setting at any rate is stable and finite") {
    Random random(3);
    for (const double rate_hz : {8000.0, 44100.0, 384000.0})
        for (int trial = 0; trial < (rate_hz > 1e5 ? 3 : 20); ++trial) {
            Settings s = everything_on();
            s.low_cut.frequency_hz = static_cast<float>(random.between(10.0, 1000.0));
            const auto shuffle = [&](Band &band) {
                band = {true, static_cast<float>(20.0 * std::pow(1000.0, random.unit())),
                        random.bits() % 2 == 0 ? 24.0f : -24.0f,
                        static_cast<float>(0.1 * std::pow(200.0, random.unit()))};
            };
            shuffle(s.low_shelf);
            shuffle(s.high_shelf);
            for (Band &bell : s.bells)
                shuffle(bell);
            Audio audio{noise(0.0, 0.05, rate_hz, 4)};
            audio[0].resize(audio[0].size() + static_cast<std::size_t>(6.0 * rate_hz));
            const Channel out = equalised(std::move(audio), rate_hz, s)[0];
            CAPTURE(rate_hz, trial);
            CHECK(std::all_of(out.begin(), out.end(), [](float v) { return std::isfinite(v); }));
            // The slowest pole here is that of 20 Hz with q 20 and a boost, 1.3 s to 1/e.
            CHECK(highest_sample({Channel(out.end() - 1000, out.end())}) <
                  5e-2 * highest_sample({out}));
        }
}

TEST_CASE("random modulation adds no energy of its own") {
    for (const double rate_hz : {44100.0, 96000.0}) {
        Random random(5);
        const auto modulated = [&](std::size_t) {
            Settings s;
            s.low_cut = {
                random.bits() % 2 == 0, static_cast<float>(10.0 * std::pow(100.0, random.unit())),
                random.bits() % 2 == 0 ? Equaliser::Slope::db_12 : Equaliser::Slope::db_24};
            for (Band &bell : s.bells)
                bell = {random.bits() % 4 != 0,
                        static_cast<float>(100.0 * std::pow(200.0, random.unit())),
                        static_cast<float>(random.between(-24.0, 24.0)),
                        static_cast<float>(0.3 * std::pow(30.0, random.unit()))};
            return s;
        };
        Audio audio{noise(0.0, 5.0, rate_hz, 6)};
        const std::size_t driven = audio[0].size();
        audio[0].resize(driven + static_cast<std::size_t>(3.0 * rate_hz));
        const Channel out = equalised(std::move(audio), rate_hz, modulated)[0];
        CAPTURE(rate_hz);
        // Four bells of 24 dB at one place would be 96 dB.
        CHECK(level_db(highest_sample({Channel(
                  out.begin(), out.begin() + static_cast<std::ptrdiff_t>(driven))})) < 60.0);
        CHECK(level_db(highest_sample({Channel(out.end() - 4800, out.end())})) < -100.0);
    }
}

TEST_CASE("switching a band is a fade of 20 ms without a click") {
    constexpr double kRate_hz = 48000.0;
    constexpr std::size_t kOn = 12000;
    constexpr std::size_t kOff = 36000;
    const Audio in{sine(120.0, 0.0, 1.25, kRate_hz)};
    Settings on[3];
    on[0].bells[3] = {true, 120.0f, 12.0f, 1.0f};
    on[1].low_cut = {true, 100.0f, Equaliser::Slope::db_24};
    on[2].high_shelf = {true, 120.0f, -12.0f, 0.7f};
    for (const Settings &wanted : on) {
        const Audio out = equalised(in, kRate_hz, [&](std::size_t frame) {
            return frame >= kOn && frame < kOff ? wanted : Settings{};
        });
        CHECK(click_db(out[0], kRate_hz, 4800) < -95.0);
        // Untouched before, and again from 20 ms and a grid period after.
        const auto same = [&](std::size_t from, std::size_t to) {
            return std::equal(out[0].begin() + static_cast<std::ptrdiff_t>(from),
                              out[0].begin() + static_cast<std::ptrdiff_t>(to),
                              in[0].begin() + static_cast<std::ptrdiff_t>(from));
        };
        CHECK(same(0, kOn));
        CHECK_FALSE(same(kOn, kOn + 64));
        CHECK(same(kOff + 960 + 32, in[0].size()));
        // The measurement would see a hard switch.
        Channel hard = in[0];
        const Channel wet = equalised(in, kRate_hz, wanted)[0];
        std::copy(wet.begin() + kOn + 300, wet.end(), hard.begin() + kOn + 300);
        CHECK(click_db(hard, kRate_hz, 4800) > -40.0);
    }
}

TEST_CASE("a sweep of gain or frequency has no zipper noise") {
    constexpr double kRate_hz = 48000.0;
    const Audio in{sine(200.0, -12.0, 1.5, kRate_hz)};
    // Steps at 100 Hz, as a fader sends them.
    const auto seconds_of_last_step = [](std::size_t frame) {
        const std::size_t step = frame / 480;
        return static_cast<double>(step) / 100.0;
    };
    const auto swept = [&](std::size_t frame) {
        const double at = seconds_of_last_step(frame);
        Settings s;
        s.bells[0] = {true, 200.0f, static_cast<float>(-18.0 + 36.0 * std::min(at, 1.0)), 1.0f};
        return s;
    };
    const auto moved = [&](std::size_t frame) {
        const double at = seconds_of_last_step(frame);
        Settings s;
        s.bells[0] = {true, static_cast<float>(20.0 * std::pow(1000.0, std::min(at, 1.0))), 12.0f,
                      1.0f};
        return s;
    };
    CHECK(click_db(equalised(in, kRate_hz, swept)[0], kRate_hz, 4800) < -100.0);
    CHECK(click_db(equalised(in, kRate_hz, moved)[0], kRate_hz, 4800) < -100.0);
}

TEST_CASE("the equaliser's output does not depend on how the stream is cut") {
    const Audio in{noise(-6.0, 0.5, 48000.0, 7), noise(-6.0, 0.5, 48000.0, 8)};
    const auto moving = [](std::size_t frame) {
        Settings s = frame > 9600 ? Settings{} : everything_on();
        s.bells[0] = {true, 300.0f + 0.01f * static_cast<float>(frame), 9.0f, 1.0f};
        return s;
    };
    const Audio whole = equalised(in, 48000.0, moving);
    CHECK(same_bits(equalised(in, 48000.0, moving, {1, false}), whole));
    CHECK(same_bits(equalised(in, 48000.0, moving, {7, false}), whole));
    CHECK(same_bits(equalised(in, 48000.0, moving, {32, true}), whole));
}

TEST_CASE("every channel is filtered alike and alone") {
    const auto moving = [](std::size_t frame) {
        return frame > 4800 ? everything_on() : Settings{};
    };
    Audio in;
    for (std::uint64_t c = 0; c < 5; ++c)
        in.push_back(noise(-6.0, 0.3, 48000.0, 10 + c));
    const Audio out = equalised(in, 48000.0, moving);
    for (std::size_t c = 0; c < in.size(); ++c)
        CHECK(same_bits({out[c]}, equalised({in[c]}, 48000.0, moving)));
}

TEST_CASE("a reset equaliser is like a new one with the newest settings") {
    const Audio in{noise(-6.0, 0.2, 48000.0, 20)};
    Equaliser equaliser(48000.0, 1);
    Audio first = in;
    equaliser.set(everything_on());
    run(first, [&](dsp::AudioBlock block) { equaliser.process(block); });
    Settings next;
    next.bells[1] = {true, 500.0f, 6.0f, 1.0f};
    equaliser.set(next);
    equaliser.reset();
    Audio second = in;
    run(second, [&](dsp::AudioBlock block) { equaliser.process(block); });
    CHECK(same_bits(second, equalised(in, 48000.0, next)));
}
