// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

/// Units of level and time. The logarithm and exponential here are within 1e-7 of the true value
/// and, unlike those of a C library, give the same bits on every machine.
namespace headroom::dsp {

/// value: a normal number above 0. Real-time safe.
inline float fast_log2(float value) noexcept {
    // value = 2^exponent * mantissa with the mantissa from sqrt(1/2) to sqrt(2).
    constexpr std::int32_t kSqrtHalf = 0x3f3504f3;
    const auto bits = std::bit_cast<std::int32_t>(value);
    const std::int32_t exponent = (bits - kSqrtHalf) >> 23;
    const auto mantissa = std::bit_cast<float>(bits - exponent * (1 << 23));
    // ln m = 2 artanh t
    const float t = (mantissa - 1.0f) / (mantissa + 1.0f);
    const float tt = t * t;
    const float series =
        1.0f + tt * (1.0f / 3.0f + tt * (1.0f / 5.0f + tt * (1.0f / 7.0f + tt * (1.0f / 9.0f))));
    return static_cast<float>(exponent) + 2.88539008f * t * series;
}

/// exponent: -126..127. Real-time safe.
inline float fast_exp2(float exponent) noexcept {
    const auto whole = static_cast<std::int32_t>(exponent + (exponent < 0.0f ? -0.5f : 0.5f));
    const float x = 0.693147181f * (exponent - static_cast<float>(whole));
    const float series =
        1.0f +
        x * (1.0f +
             x * (1.0f / 2.0f +
                  x * (1.0f / 6.0f +
                       x * (1.0f / 24.0f +
                            x * (1.0f / 120.0f + x * (1.0f / 720.0f + x * (1.0f / 5040.0f)))))));
    return series * std::bit_cast<float>((whole + 127) * (1 << 23));
}

/// Amplitude of a level in dB, -700..700. Real-time safe.
inline float db_to_lin(float level_db) noexcept {
    return fast_exp2(0.166096405f * level_db);
}

/// Level in dB of an amplitude, not under floor_db. Real-time safe.
inline float lin_to_db(float amplitude_lin, float floor_db = -200.0f) noexcept {
    if (!(amplitude_lin > 1e-30f))
        return floor_db;
    const float level_db = 6.02059991f * fast_log2(amplitude_lin);
    return level_db > floor_db ? level_db : floor_db;
}

/// Share of the remaining distance that an exponential approach covers in one step.
inline double step_share(double steps_per_time_constant) noexcept {
    return -std::expm1(-1.0 / steps_per_time_constant);
}

/// A time in whole frames, rounded.
inline int whole_frames(double seconds, double sample_rate_hz) noexcept {
    return static_cast<int>(std::lround(seconds * sample_rate_hz));
}

} // namespace headroom::dsp
