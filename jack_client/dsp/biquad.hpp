// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cmath>
#include <numbers>
#include <type_traits>

namespace headroom::dsp {

/// Second-order section, a0 = 1.
struct BiquadCoefficients {
    double b0 = 1.0;
    double b1 = 0.0;
    double b2 = 0.0;
    double a1 = 0.0;
    double a2 = 0.0;
};

/// Butterworth high-pass by the bilinear transform, 12 dB per octave. corner_hz is held under 0.49
/// of the sample rate. Real-time safe.
inline BiquadCoefficients butterworth_highpass(double corner_hz, double sample_rate_hz) noexcept {
    const double frequency = std::fmin(corner_hz / sample_rate_hz, 0.49);
    const double k = std::tan(std::numbers::pi * frequency);
    const double a0 = 1.0 + std::numbers::sqrt2 * k + k * k;
    return {1.0 / a0, -2.0 / a0, 1.0 / a0, 2.0 * (k * k - 1.0) / a0,
            (1.0 - std::numbers::sqrt2 * k + k * k) / a0};
}

/// What is left in a filter's memory is lost beside the least sample there is. It may never become
/// zero: a processor that flushes small numbers lets it swing there for ever.
template <class Value> bool is_spent(const Value &memory) noexcept {
    constexpr double kSpent = 1e-60;
    if constexpr (std::is_floating_point_v<Value>) {
        return std::fabs(memory) < kSpent;
    } else {
        constexpr int kLanes = sizeof(Value) / sizeof(double);
        for (int i = 0; i < kLanes; ++i)
            if (!(std::fabs(memory[i]) < kSpent))
                return false;
        return true;
    }
}

/// One channel of a filter, transposed direct form II. Value is double or a vector of doubles.
template <class Value> struct Biquad {
    Value first{};
    Value second{};

    bool is_at_rest() const noexcept { return is_spent(first) && is_spent(second); }

    Value process(const BiquadCoefficients &c, Value x) noexcept {
        const Value y = c.b0 * x + first;
        // In this order no more than a product, a difference and a sum stand between two outputs.
        first = (c.b1 * x + second) - c.a1 * y;
        second = c.b2 * x - c.a2 * y;
        return y;
    }
};

} // namespace headroom::dsp
