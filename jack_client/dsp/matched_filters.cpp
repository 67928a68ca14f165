// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/matched_filters.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace headroom::dsp {

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kBandEdge_hz = 20000.0;

double square(double x) noexcept {
    return x * x;
}

/// sin^2(w/2)
double sine_squared(double w) noexcept {
    return square(std::sin(0.5 * w));
}

/// That of the standard library brings calls and allowances for infinity along.
struct Complex {
    double re = 0.0;
    double im = 0.0;

    friend Complex operator+(Complex a, Complex b) noexcept { return {a.re + b.re, a.im + b.im}; }
    friend Complex operator-(Complex a, Complex b) noexcept { return {a.re - b.re, a.im - b.im}; }
    friend Complex operator*(Complex a, Complex b) noexcept {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
    friend Complex operator*(double a, Complex b) noexcept { return {a * b.re, a * b.im}; }
    double power() const noexcept { return re * re + im * im; }
    Complex inverse() const noexcept { return {re / power(), -im / power()}; }
    Complex root() const noexcept {
        const double larger = std::sqrt(0.5 * (std::sqrt(power()) + std::fabs(re)));
        const double smaller = larger > 0.0 ? 0.5 * im / larger : 0.0;
        if (re >= 0.0)
            return {larger, smaller};
        return {std::fabs(smaller), im < 0.0 ? -larger : larger};
    }
};

/// Both roots of x^2 + p x + q, the larger one first.
std::array<Complex, 2> roots(Complex p, Complex q) noexcept {
    const Complex distance = (p * p - 4.0 * q).root();
    const Complex sum = p + distance;
    const Complex difference = p - distance;
    const Complex far = -0.5 * (sum.power() > difference.power() ? sum : difference);
    return {far, far.power() > 0.0 ? q * far.inverse() : Complex{}};
}

/// Square root of a gain.
double half_gain(double gain_db) noexcept {
    return std::pow(10.0, gain_db / 40.0);
}

} // namespace

MatchedFilters::MatchedFilters(double sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {
    // Where the error of w^2 is to be nothing, as shares of the band edge: found by a search for
    // the least of the largest errors.
    constexpr double kNodes[] = {0.2481, 0.6469, 0.8797, 0.9865};
    const double edge = kPi * std::clamp(2.0 * kBandEdge_hz / sample_rate_hz, 0.7, 0.95);
    double rows[4][5];
    for (int i = 0; i < 4; ++i) {
        const double w = kNodes[i] * edge;
        const double s = sine_squared(w);
        const double row[] = {1.0, s, -w * w, -w * w * s, w * w / s};
        std::copy(std::begin(row), std::end(row), rows[i]);
    }
    for (int p = 0; p < 4; ++p)
        for (int i = 0; i < 4; ++i) {
            const double factor = i == p ? 0.0 : rows[i][p] / rows[p][p];
            for (int j = p; j < 5; ++j)
                rows[i][j] -= factor * rows[p][j];
        }
    a1_ = rows[0][4] / rows[0][0];
    a2_ = rows[1][4] / rows[1][1];
    b1_ = rows[2][4] / rows[2][2];
    b2_ = rows[3][4] / rows[3][3];
}

double MatchedFilters::radians(double frequency_hz) const noexcept {
    return 2.0 * kPi * std::min(frequency_hz / sample_rate_hz_, 0.46);
}

/// centre: w at the centre frequency.
MatchedFilters::Factors MatchedFilters::factors(const Polynomial &prototype,
                                                double centre) const noexcept {
    // Its power is n2^2 x^2 + (n1^2 - 2 n0 n2) x + n0^2 with x = w^2 / centre^2; by x = u v, the
    // same with other scale, is u v = (a1 s + a2 s^2) / (1 + b1 s + b2 s^2), exact at the centre.
    const double s = sine_squared(centre);
    const double scale = s * (a1_ + s * a2_) / (1.0 + s * (b1_ + s * b2_));
    const auto x =
        roots({(square(prototype.n1) - 2.0 * prototype.n0 * prototype.n2) / square(prototype.n2)},
              {square(prototype.n0 / prototype.n2)});
    // Each root x gives two zeros s; here their inverses.
    const auto inverse_zeros = [&](Complex root) {
        const Complex r = (scale * root).inverse();
        return roots(Complex{b1_} - a1_ * r, Complex{b2_} - a2_ * r);
    };
    const auto first = inverse_zeros(x[0]);
    const auto second = inverse_zeros(x[1]);
    const auto factor = [](Complex u, Complex v) -> Factor { return {-(u + v).re, (u * v).re}; };
    // Two real roots x may have complex zeros, which then belong together.
    if (x[0].im == 0.0 && (first[0].im != 0.0 || second[0].im != 0.0))
        return {factor(first[0], first[1]), factor(second[0], second[1])};
    return {factor(first[0], second[0]), factor(first[1], second[1])};
}

BandFilters MatchedFilters::matched(const Polynomial &numerator, const Polynomial &denominator,
                                    double frequency_hz) const noexcept {
    const double centre = radians(frequency_hz);
    const Factors zeros = factors(numerator, centre);
    const Factors poles = factors(denominator, centre);
    BandFilters filters;
    for (std::size_t i = 0; i < filters.size(); ++i) {
        // With t = tan(w/2), s = t^2 / (1 + t^2): |T^2 + k g T + g^2|^2 = t^4 + (k^2 - 2) g^2 t^2 +
        // g^4 for the denominator, over g^4, and so on.
        SvfCoefficients &c = filters[i];
        const double at_nyquist = 1.0 + poles[i].p + poles[i].q;
        const double gg = 1.0 / std::sqrt(at_nyquist);
        c.g = std::sqrt(gg);
        c.k = std::sqrt(2.0 + (2.0 + poles[i].p) * gg);
        c.high = std::sqrt((1.0 + zeros[i].p + zeros[i].q) / at_nyquist);
        c.band = std::sqrt((2.0 + zeros[i].p) * gg + 2.0 * c.high);
        c.low = 1.0;
    }
    const double at_dc = numerator.n0 / denominator.n0;
    filters[0].high *= at_dc;
    filters[0].band *= at_dc;
    filters[0].low *= at_dc;
    return filters;
}

SvfCoefficients MatchedFilters::high_pass(double frequency_hz, double q) const noexcept {
    const double w = radians(frequency_hz);
    const double damping = 0.5 / q;
    const double radius = std::exp(-damping * w);
    // 1 - cos, or 1 - cosh, of the angle, without cancellation
    const double turn = w * std::sqrt(std::fabs(1.0 - damping * damping));
    const double versine = damping < 1.0
                               ? 2.0 * square(std::sin(0.5 * turn))
                               : -0.5 * square(std::expm1(0.5 * turn) - std::expm1(-0.5 * turn));
    const double at_dc = square(1.0 - radius) + 2.0 * radius * versine;
    const double at_nyquist = square(1.0 + radius) - 2.0 * radius * versine;
    SvfCoefficients c;
    c.g = std::sqrt(at_dc / at_nyquist);
    c.k = 2.0 * (1.0 - radius * radius) / (at_nyquist * c.g);
    const double tt = square(std::tan(0.5 * w));
    c.high = q * std::sqrt(square(c.g * c.g - tt) + square(c.k * c.g) * tt) / tt;
    c.band = 0.0;
    c.low = 0.0;
    return c;
}

BandFilters MatchedFilters::bell(double frequency_hz, double gain_db, double q) const noexcept {
    const double a = half_gain(gain_db);
    return matched({1.0, a / q, 1.0}, {1.0, 1.0 / (a * q), 1.0}, frequency_hz);
}

BandFilters MatchedFilters::low_shelf(double frequency_hz, double gain_db,
                                      double q) const noexcept {
    const double a = half_gain(gain_db);
    const double damping = std::sqrt(a) / q;
    return matched({a * a, a * damping, a}, {1.0, damping, a}, frequency_hz);
}

BandFilters MatchedFilters::high_shelf(double frequency_hz, double gain_db,
                                       double q) const noexcept {
    const double a = half_gain(gain_db);
    const double damping = std::sqrt(a) / q;
    return matched({a, a * damping, a * a}, {a, damping, 1.0}, frequency_hz);
}

} // namespace headroom::dsp
