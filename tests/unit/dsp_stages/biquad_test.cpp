// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/biquad.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <numbers>

using namespace headroom::dsp;

namespace {

double to_db(double magnitude_lin) {
    return 20.0 * std::log10(magnitude_lin);
}

double magnitude_lin(const BiquadCoefficients &c, double sample_rate_hz, double frequency_hz) {
    const auto z1 = std::polar(1.0, -2.0 * std::numbers::pi * frequency_hz / sample_rate_hz);
    return std::abs((c.b0 + z1 * (c.b1 + z1 * c.b2)) / (1.0 + z1 * (c.a1 + z1 * c.a2)));
}

double measured_gain_db(const BiquadCoefficients &c, double sample_rate_hz, double frequency_hz) {
    Biquad<double> filter;
    const double w = 2.0 * std::numbers::pi * frequency_hz / sample_rate_hz;
    const int settling = static_cast<int>(sample_rate_hz / 4);
    const int periods = static_cast<int>(sample_rate_hz); // frequencies are whole hertz
    double re = 0.0;
    double im = 0.0;
    for (int n = -settling; n < periods; ++n) {
        const double y = filter.process(c, std::sin(w * n));
        if (n >= 0) {
            re += y * std::sin(w * n);
            im += y * std::cos(w * n);
        }
    }
    return to_db(2.0 * std::hypot(re, im) / periods);
}

} // namespace

TEST_CASE("high-pass has Butterworth's response at its corner and 12 dB an octave below") {
    for (double rate_hz : {44100.0, 48000.0, 96000.0, 192000.0}) {
        CAPTURE(rate_hz);
        const BiquadCoefficients c = butterworth_highpass(100.0, rate_hz);
        CHECK(to_db(magnitude_lin(c, rate_hz, 100.0)) == Approx(-3.0103).margin(1e-3));
        CHECK(to_db(magnitude_lin(c, rate_hz, 25.0)) == Approx(-24.0994).margin(1e-2));
        CHECK(to_db(magnitude_lin(c, rate_hz, 2000.0)) == Approx(0.0).margin(1e-3));
        CHECK(magnitude_lin(c, rate_hz, 0.0) == Approx(0.0).margin(1e-9));
    }
}

TEST_CASE("a biquad does to a tone what its coefficients say") {
    const BiquadCoefficients c = butterworth_highpass(200.0, 48000.0);
    for (double frequency_hz : {50.0, 200.0, 1000.0, 15000.0}) {
        CAPTURE(frequency_hz);
        CHECK(measured_gain_db(c, 48000.0, frequency_hz) ==
              Approx(to_db(magnitude_lin(c, 48000.0, frequency_hz))).margin(1e-3));
    }
}

TEST_CASE("a high-pass stays stable at any frequency and rate") {
    for (double rate_hz : {8000.0, 48000.0, 384000.0})
        for (double frequency_hz : {1.0, 20.0, 3999.0, 24000.0, 500000.0}) {
            const BiquadCoefficients c = butterworth_highpass(frequency_hz, rate_hz);
            CHECK(std::abs(c.a2) < 1.0);
            CHECK(std::abs(c.a1) < 1.0 + c.a2 + 1e-12);
        }
}
