// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/meters.hpp"

#include "tests/bench/material.hpp"
#include "tests/support/strict_meter.hpp"

#include <complex>
#include <ebur128.h>
#include <limits>
#include <memory>

namespace headroom::bench {

namespace {

using test::Audio;
using test::Channel;
using test::level_db;

constexpr std::size_t kAnalysed_frames = 4 * static_cast<std::size_t>(kRate_hz);

struct EbuFree {
    void operator()(ebur128_state *state) const { ebur128_destroy(&state); }
};
using EbuMeter = std::unique_ptr<ebur128_state, EbuFree>;

EbuMeter metered(const Audio &audio, int mode) {
    EbuMeter meter(ebur128_init(static_cast<unsigned>(audio.size()),
                                static_cast<unsigned long>(kRate_hz), mode));
    std::vector<float> interleaved;
    interleaved.reserve(audio.size() * audio[0].size());
    for (std::size_t i = 0; i < audio[0].size(); ++i)
        for (const Channel &x : audio)
            interleaved.push_back(x[i]);
    ebur128_add_frames_float(meter.get(), interleaved.data(), audio[0].size());
    return meter;
}

/// Amplitude and phase of one frequency over the analysed frames.
std::complex<double> tone(const float *x, double frequency_hz) {
    std::complex<double> sum;
    const std::complex<double> step =
        std::polar(1.0, -2.0 * std::numbers::pi * frequency_hz / kRate_hz);
    std::complex<double> turn = 1.0;
    for (std::size_t i = 0; i < kAnalysed_frames; ++i) {
        if (i % 4096 == 0) // so that rounding does not add up
            turn = std::polar(1.0,
                              -2.0 * std::numbers::pi *
                                  std::fmod(frequency_hz * static_cast<double>(i) / kRate_hz, 1.0));
        sum += static_cast<double>(x[i]) * turn;
        turn *= step;
    }
    return 2.0 * sum / static_cast<double>(kAnalysed_frames);
}

} // namespace

Peaks measure_peaks(const Audio &audio, double floor_db) {
    Audio measured;
    for (const Channel &x : audio)
        if (std::find(measured.begin(), measured.end(), x) == measured.end())
            measured.push_back(x);
    const double floor = test::amplitude(floor_db);
    const EbuMeter meter = metered(measured, EBUR128_MODE_TRUE_PEAK);
    double fourfold = 0.0;
    for (unsigned c = 0; c < measured.size(); ++c) {
        double peak = 0.0;
        ebur128_true_peak(meter.get(), c, &peak);
        fourfold = std::max(fourfold, peak);
    }
    return {level_db(test::highest_sample(measured)),
            level_db(test::TruePeakReference::strict().peak(measured, floor)),
            level_db(test::TruePeakReference::dac().peak(measured, floor)), level_db(fourfold),
            level_db(test::itu_peak(measured))};
}

double loudness_lufs(const Audio &audio) {
    double loudness = 0.0;
    ebur128_loudness_global(metered(audio, EBUR128_MODE_I).get(), &loudness);
    return loudness;
}

double thd_n_db(const Channel &x, std::size_t from, double frequency_hz) {
    const std::complex<double> fundamental = tone(x.data() + from, frequency_hz);
    Channel rest(kAnalysed_frames);
    double power = 0.0;
    for (std::size_t i = 0; i < kAnalysed_frames; ++i) {
        const double cycles = std::fmod(frequency_hz * static_cast<double>(i) / kRate_hz, 1.0);
        const std::complex<double> turn = std::polar(1.0, 2.0 * std::numbers::pi * cycles);
        const double value = static_cast<double>(x[from + i]) - (fundamental * turn).real();
        rest[i] = static_cast<float>(value);
        power += 2.0 * value * value / static_cast<double>(kAnalysed_frames);
    }
    power -= std::norm(tone(rest.data(), 0.0)) / 2.0;
    for (double low_hz = 0.25; low_hz < 10.0; low_hz += 0.25)
        power -= std::norm(tone(rest.data(), low_hz));
    return 0.5 * level_db(std::max(power, 1e-18) / std::norm(fundamental));
}

double smpte_imd_db(const Channel &x, std::size_t from) {
    double power = 0.0;
    for (int n = 1; n <= 10; ++n)
        for (const int offset_hz : {-60 * n, 60 * n})
            power += std::norm(tone(x.data() + from, 7000.0 + offset_hz));
    return 0.5 * level_db(power / std::norm(tone(x.data() + from, 7000.0)));
}

double delay_frames(const Channel &input, const Channel &output) {
    constexpr std::size_t kLongest = 2048;
    const std::size_t frames = std::min<std::size_t>(input.size(), 24000) - kLongest;
    std::vector<double> correlation(kLongest);
    for (std::size_t lag = 0; lag < kLongest; ++lag)
        for (std::size_t i = 0; i < frames; ++i)
            correlation[lag] +=
                static_cast<double>(input[i]) * static_cast<double>(output[i + lag]);
    const auto best = std::max_element(correlation.begin(), correlation.end());
    const auto at = static_cast<double>(best - correlation.begin());
    if (best == correlation.begin() || best + 1 == correlation.end())
        return at;
    const double curvature = best[-1] - 2.0 * best[0] + best[1];
    return at + 0.5 * (best[-1] - best[1]) / curvature;
}

double null_db(const Channel &input, const Channel &output, std::size_t delay) {
    double rest = 0.0;
    double power = 0.0;
    for (std::size_t i = 0; i + delay < output.size(); ++i) {
        const auto in = static_cast<double>(input[i]);
        rest += std::pow(static_cast<double>(output[i + delay]) - in, 2);
        power += in * in;
    }
    return rest == 0.0 ? -std::numeric_limits<double>::infinity() : 0.5 * level_db(rest / power);
}

} // namespace headroom::bench
