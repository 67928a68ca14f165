// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/audio.hpp"

#include <cmath>
#include <numbers>
#include <vector>

/// The minimum requirement signals of EBU Tech 3341 and 3342 that can be synthesised.
namespace headroom::test::ebu {

constexpr double kSilence_db = -1000.0;

/// A stretch of 1 kHz tone; level of the sine's peak in each channel.
struct Tone {
    double level_db;
    double seconds;
};

/// Tones after each other, with continuous phase.
inline Channel tones(double sample_rate_hz, const std::vector<Tone> &sequence) {
    Channel out;
    double end_s = 0.0;
    for (const Tone &tone : sequence) {
        end_s += tone.seconds;
        const auto end = static_cast<std::size_t>(std::llround(end_s * sample_rate_hz));
        const double peak = tone.level_db <= kSilence_db ? 0.0 : amplitude(tone.level_db);
        while (out.size() < end) {
            const double cycles = 1000.0 * static_cast<double>(out.size()) / sample_rate_hz;
            out.push_back(static_cast<float>(
                peak * std::sin(2.0 * std::numbers::pi * (cycles - std::floor(cycles)))));
        }
    }
    return out;
}

inline std::vector<Tone> repeated(int times, const std::vector<Tone> &sequence) {
    std::vector<Tone> all;
    while (times-- > 0)
        all.insert(all.end(), sequence.begin(), sequence.end());
    return all;
}

inline Audio stereo(const Channel &channel) {
    return {channel, channel};
}

/// Cases 15 to 19: a sine of fs / divisor. The fade stands in for that of the original files,
/// without which the start itself is a peak between samples.
inline Channel steady_sine(double sample_rate_hz, double divisor, double peak, double phase_deg) {
    Channel x = sine(sample_rate_hz / divisor, level_db(peak), 1.0, sample_rate_hz,
                     phase_deg * std::numbers::pi / 180.0);
    return faded(std::move(x), 0.1, sample_rate_hz);
}

/// Cases 20 to 23: one period of fs/4 at full scale in a sine of fs/6 at half scale, made at four
/// times the rate, low-passed and decimated from the given offset.
inline Channel overlaid_period(double sample_rate_hz, int offset) {
    const auto half = static_cast<int>(2.0 * sample_rate_hz * 0.5) / 24 * 24;
    std::vector<double> dense;
    const auto carrier = [&](int frames) {
        for (int i = 0; i < frames; ++i)
            dense.push_back(0.5 * std::sin(2.0 * std::numbers::pi * i / 24.0));
    };
    carrier(half);
    for (int i = 0; i < 16; ++i)
        dense.push_back(std::sin(2.0 * std::numbers::pi * i / 16.0));
    carrier(half);

    constexpr int kHalfTaps = 255;
    std::vector<double> taps;
    double sum = 0.0;
    for (int k = -kHalfTaps; k <= kHalfTaps; ++k) {
        const double x = std::numbers::pi * k / 4.0;
        const double u = std::numbers::pi * k / kHalfTaps;
        const double blackman = 0.42 + 0.5 * std::cos(u) + 0.08 * std::cos(2.0 * u);
        sum += taps.emplace_back(blackman * (k == 0 ? 1.0 : std::sin(x) / x));
    }
    Channel out;
    const auto frames = static_cast<int>(dense.size());
    for (int centre = offset; centre < frames; centre += 4) {
        double value = 0.0;
        for (int k = -kHalfTaps; k <= kHalfTaps; ++k)
            if (const int at = centre + k, tap = k + kHalfTaps; at >= 0 && at < frames)
                value += taps[static_cast<std::size_t>(tap)] * dense[static_cast<std::size_t>(at)];
        out.push_back(static_cast<float>(value / sum));
    }
    return faded(std::move(out), 0.1, sample_rate_hz);
}

} // namespace headroom::test::ebu
