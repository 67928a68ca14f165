// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/audio.hpp"

/// Meters of what comes out of a limiter; they share nothing with the program.
namespace headroom::bench {

/// Highest peaks over all channels in dB over full scale.
struct Peaks {
    double sample_db;
    double strict_db;   ///< 32 times oversampled, 256 taps a phase
    double dac_db;      ///< the same with 80 taps, like a converter's own filter
    double fourfold_db; ///< four times oversampled, 12 taps a phase: libebur128 below 96 kHz
    double itu_db;      ///< the filter of ITU-R BS.1770-5, annex 2: four times, 12 taps a phase
};

/// Where there is nothing above it, floor_db stands for strict and dac.
Peaks measure_peaks(const test::Audio &audio, double floor_db);

/// Integrated, by libebur128.
double loudness_lufs(const test::Audio &audio);

/// Distortion and noise from 10 Hz up against the tone itself, in dB, over four seconds from frame
/// `from` on. frequency_hz: a whole number.
double thd_n_db(const test::Channel &x, std::size_t from, double frequency_hz);

/// Side bands of a 7 kHz tone at multiples of 60 Hz around it (SMPTE), in dB against it.
double smpte_imd_db(const test::Channel &x, std::size_t from);

/// How late the output is, in frames, from the peak of the correlation.
double delay_frames(const test::Channel &input, const test::Channel &output);

/// What is left of the output less the delayed input, in dB against the input; minus infinity
/// where they are the same, bit for bit.
double null_db(const test::Channel &input, const test::Channel &output, std::size_t delay_frames);

} // namespace headroom::bench
