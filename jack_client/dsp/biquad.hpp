// SPDX-License-Identifier: MPL-2.0
#pragma once

namespace headroom::dsp {

/// H(z) = (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2).
struct BiquadCoefficients {
    double b0 = 1.0;
    double b1 = 0.0;
    double b2 = 0.0;
    double a1 = 0.0;
    double a2 = 0.0;
};

/// High-pass by the bilinear transform, exact at frequency_hz; q = 1/sqrt(2) is Butterworth's.
/// A frequency over 0.49 of the sample rate counts as that. Real-time safe.
/// After R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
BiquadCoefficients high_pass(double sample_rate_hz, double frequency_hz,
                             double q = 0.70710678118654752) noexcept;

/// |H| at a frequency, linear.
double magnitude_lin(const BiquadCoefficients &coefficients, double sample_rate_hz,
                     double frequency_hz) noexcept;

/// One second-order filter for one channel, with double-precision state (transposed direct form
/// II). Meant for filters that stand still: a jump of the coefficients may be heard. Real-time
/// safe.
class Biquad {
  public:
    Biquad() = default;
    explicit Biquad(const BiquadCoefficients &coefficients) noexcept : c_(coefficients) {}

    /// Keeps the state.
    void set(const BiquadCoefficients &coefficients) noexcept { c_ = coefficients; }
    void reset() noexcept { s1_ = s2_ = 0.0; }

    double process(double x) noexcept {
        const double y = c_.b0 * x + s1_;
        s1_ = c_.b1 * x - c_.a1 * y + s2_;
        s2_ = c_.b2 * x - c_.a2 * y;
        return y;
    }

  private:
    BiquadCoefficients c_;
    double s1_ = 0.0;
    double s2_ = 0.0;
};

} // namespace headroom::dsp
