// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/audio_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <ebur128.h>
#include <numbers>
#include <vector>

/// Meters that share nothing with the program's own.
namespace reference {

inline double db(double lin) {
    return 20.0 * std::log10(std::max(lin, 1e-30));
}

/// libebur128 over frames [begin, end) of planar sound.
struct Loudness {
    double integrated_lufs = 0.0;
    double range_lu = 0.0;
    double true_peak_dbtp = 0.0;       ///< 4x below 96 kHz
    double max_momentary_lufs = -1e9;  ///< where asked for: slow
    double max_short_term_lufs = -1e9; ///< where asked for: slow
};

inline Loudness loudness(const headroom::app::AudioChannels &sound, int rate_hz,
                         std::size_t begin = 0, std::size_t end = SIZE_MAX,
                         bool with_maxima = false) {
    const std::size_t channels = sound.size();
    end = std::min(end, sound.front().size());
    ebur128_state *meter =
        ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(rate_hz),
                     EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
    if (channels == 1)
        ebur128_set_channel(meter, 0, EBUR128_CENTER);
    Loudness out;
    const auto step = static_cast<std::size_t>(rate_hz / 100);
    std::vector<float> piece;
    for (std::size_t at = begin; at < end; at += step) {
        piece.clear();
        for (std::size_t i = at; i < std::min(at + step, end); ++i)
            for (const auto &channel : sound)
                piece.push_back(channel[i]);
        ebur128_add_frames_float(meter, piece.data(), piece.size() / channels);
        if (!with_maxima)
            continue;
        double value = 0.0;
        ebur128_loudness_momentary(meter, &value);
        out.max_momentary_lufs = std::max(out.max_momentary_lufs, value);
        ebur128_loudness_shortterm(meter, &value);
        out.max_short_term_lufs = std::max(out.max_short_term_lufs, value);
    }
    ebur128_loudness_global(meter, &out.integrated_lufs);
    ebur128_loudness_range(meter, &out.range_lu);
    double peak = 0.0;
    for (std::size_t c = 0; c < channels; ++c) {
        double value = 0.0;
        ebur128_true_peak(meter, static_cast<unsigned>(c), &value);
        peak = std::max(peak, value);
    }
    out.true_peak_dbtp = db(peak);
    ebur128_destroy(&meter);
    return out;
}

/// Highest magnitude of the sound interpolated 32 times, with a windowed sinc of 64 samples on
/// either side: the strict meter, and slow.
inline double true_peak_dbtp(const headroom::app::AudioChannels &sound) {
    constexpr int kPhases = 32;
    constexpr int kReach = 64;
    constexpr std::size_t kTaps = 128; ///< 2 * kReach
    static const auto filters = [] {
        std::vector<std::array<double, kTaps>> out(kPhases);
        for (int phase = 0; phase < kPhases; ++phase)
            for (int tap = 0; tap < 2 * kReach; ++tap) {
                const double x = static_cast<double>(tap - kReach + 1) -
                                 static_cast<double>(phase) / static_cast<double>(kPhases);
                const double w = x / static_cast<double>(kReach);
                const double window =
                    std::cyl_bessel_i(0.0, 10.0 * std::sqrt(std::max(0.0, 1.0 - w * w))) /
                    std::cyl_bessel_i(0.0, 10.0);
                const double sinc =
                    x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
                out[static_cast<std::size_t>(phase)][static_cast<std::size_t>(tap)] = window * sinc;
            }
        return out;
    }();
    double peak = 0.0;
    for (const auto &channel : sound) {
        std::vector<double> padded(channel.size() + 2 * kTaps);
        std::copy(channel.begin(), channel.end(), padded.begin() + kTaps);
        for (std::size_t at = 0; at + kTaps < padded.size(); ++at) {
            // Only near large samples can the curve between them be largest.
            double nearest = 0.0;
            for (std::size_t tap = kReach - 4; tap < kReach + 4; ++tap)
                nearest = std::max(nearest, std::fabs(padded[at + tap]));
            if (2.0 * nearest < peak)
                continue;
            for (const auto &filter : filters) {
                double sum = 0.0;
                for (std::size_t tap = 0; tap < kTaps; ++tap)
                    sum += filter[tap] * padded[at + tap];
                peak = std::max(peak, std::fabs(sum));
            }
        }
    }
    return db(peak);
}

} // namespace reference
