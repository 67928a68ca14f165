// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/matched_filters.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace headroom::dsp {

namespace {

constexpr double kPi = std::numbers::pi;

/// H(s) = (n0 + n1 s + n2 s^2) / (d0 + d1 s + d2 s^2), with s = j at the centre frequency.
struct Prototype {
    double n0, n1, n2;
    double d0, d1, d2;
};

double square(double x) noexcept {
    return x * x;
}

double power_gain(const Prototype &p, double s) noexcept {
    return (square(p.n0 - p.n2 * s * s) + square(p.n1 * s)) /
           (square(p.d0 - p.d2 * s * s) + square(p.d1 * s));
}

double radians(double sample_rate_hz, double frequency_hz) noexcept {
    return 2.0 * kPi * std::min(frequency_hz / sample_rate_hz, 0.46);
}

/// tan^2(w/2): the square of -jT on the unit circle.
double warped(double w) noexcept {
    return square(std::tan(0.5 * w));
}

/// |T^2 + k g T + g^2|^2
double denominator(const SvfCoefficients &c, double tt) noexcept {
    return square(c.g * c.g - tt) + square(c.k * c.g) * tt;
}

/// g and k that put the poles where the prototype's impulse response, sampled, has them.
SvfCoefficients with_poles(const Prototype &p, double w0) noexcept {
    const double w = w0 * std::sqrt(p.d0 / p.d2);
    const double damping = 0.5 * p.d1 / std::sqrt(p.d0 * p.d2);
    const double radius = std::exp(-damping * w);
    const double turn = w * std::sqrt(std::fabs(1.0 - damping * damping));
    // 1 - cos, or 1 - cosh, without cancellation
    const double half_sine = damping < 1.0
                                 ? std::sin(0.5 * turn)
                                 : 0.5 * (std::expm1(0.5 * turn) - std::expm1(-0.5 * turn));
    const double versine = (damping < 1.0 ? 2.0 : -2.0) * square(half_sine);
    const double at_dc = square(1.0 - radius) + 2.0 * radius * versine;
    const double at_nyquist = square(1.0 + radius) - 2.0 * radius * versine;
    SvfCoefficients c;
    c.g = std::sqrt(at_dc / at_nyquist);
    c.k = 2.0 * (1.0 - radius * radius) / (at_nyquist * c.g);
    return c;
}

SvfCoefficients matched(const Prototype &p, double w0) noexcept {
    SvfCoefficients c = with_poles(p, w0);
    c.low = p.n0 / p.d0;
    // |numerator|^2 = low^2 g^4 + linear tt + high^2 tt^2
    const auto excess = [&](double w, double tt) {
        return (power_gain(p, w / w0) * denominator(c, tt) - square(c.low * c.g * c.g)) / tt;
    };
    const double w1 = w0;
    const double w2 = w0 + (kPi - w0) / 3.0;
    const double tt1 = warped(w1);
    const double tt2 = warped(w2);
    const double excess1 = excess(w1, tt1);
    const double high_squared = (excess(w2, tt2) - excess1) / (tt2 - tt1);
    const double linear = excess1 - high_squared * tt1;
    c.high = std::sqrt(std::max(high_squared, 1e-6));
    c.band = std::sqrt(std::max(linear / (c.g * c.g) + 2.0 * c.low * c.high, 1e-12));
    return c;
}

SvfCoefficients inverse(const SvfCoefficients &c) noexcept {
    const double mean_gain = std::sqrt(c.low * c.high);
    return {.g = c.g * std::sqrt(c.low / c.high),
            .k = c.band / mean_gain,
            .high = 1.0 / c.high,
            .band = c.k / mean_gain,
            .low = 1.0 / c.low};
}

SvfCoefficients scaled(SvfCoefficients c, double gain) noexcept {
    c.high *= gain;
    c.band *= gain;
    c.low *= gain;
    return c;
}

/// Square root of a gain.
double half_gain(double gain_db) noexcept {
    return std::pow(10.0, gain_db / 40.0);
}

} // namespace

SvfCoefficients matched_high_pass(double sample_rate_hz, double frequency_hz, double q) noexcept {
    const double w0 = radians(sample_rate_hz, frequency_hz);
    SvfCoefficients c = with_poles({0.0, 0.0, 1.0, 1.0, 1.0 / q, 1.0}, w0);
    c.high = q * std::sqrt(denominator(c, warped(w0))) / warped(w0);
    c.band = 0.0;
    c.low = 0.0;
    return c;
}

SvfCoefficients matched_bell(double sample_rate_hz, double frequency_hz, double gain_db,
                             double q) noexcept {
    const double a = half_gain(std::fabs(gain_db));
    const SvfCoefficients boost =
        matched({1.0, a / q, 1.0, 1.0, 1.0 / (a * q), 1.0}, radians(sample_rate_hz, frequency_hz));
    return gain_db < 0.0 ? inverse(boost) : boost;
}

SvfCoefficients matched_low_shelf(double sample_rate_hz, double frequency_hz, double gain_db,
                                  double q) noexcept {
    const double a = half_gain(std::fabs(gain_db));
    const double damping = std::sqrt(a) / std::min(q, 2.0);
    const SvfCoefficients boost =
        matched({a * a, a * damping, a, 1.0, damping, a}, radians(sample_rate_hz, frequency_hz));
    return gain_db < 0.0 ? inverse(boost) : boost;
}

SvfCoefficients matched_high_shelf(double sample_rate_hz, double frequency_hz, double gain_db,
                                   double q) noexcept {
    return scaled(matched_low_shelf(sample_rate_hz, frequency_hz, -gain_db, q),
                  square(half_gain(gain_db)));
}

} // namespace headroom::dsp
