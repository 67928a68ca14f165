// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/biquad.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace headroom::dsp {

BiquadCoefficients high_pass(double sample_rate_hz, double frequency_hz, double q) noexcept {
    const double w0 = 2.0 * std::numbers::pi * std::min(frequency_hz / sample_rate_hz, 0.49);
    const double alpha = std::sin(w0) / (2.0 * q);
    const double a0 = 1.0 + alpha;
    const double b0 = (1.0 + std::cos(w0)) / (2.0 * a0);
    return {b0, -2.0 * b0, b0, -2.0 * std::cos(w0) / a0, (1.0 - alpha) / a0};
}

double magnitude_lin(const BiquadCoefficients &c, double sample_rate_hz,
                     double frequency_hz) noexcept {
    const auto z1 = std::polar(1.0, -2.0 * std::numbers::pi * frequency_hz / sample_rate_hz);
    return std::abs((c.b0 + z1 * (c.b1 + z1 * c.b2)) / (1.0 + z1 * (c.a1 + z1 * c.a2)));
}

} // namespace headroom::dsp
