// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <array>

namespace headroom::dsp {

/// A stable second-order filter as the state-variable filter takes it:
///             high T^2 + band g T + low g^2                1 - z^-1
///     H(z) =  -----------------------------  where   T  =  --------
///                 T^2 + k g T + g^2                        1 + z^-1
/// Stable exactly where g and k are above 0, so that every point on a line between two stable
/// filters is stable. high is the gain at half the sample rate, low the gain at DC.
struct SvfCoefficients {
    double g = 1.0;
    double k = 2.0;
    double high = 1.0;
    double band = 2.0;
    double low = 1.0;
    bool operator==(const SvfCoefficients &) const = default;
};

/// Two filters in series that together are one band.
using BandFilters = std::array<SvfCoefficients, 2>;

/// Digital filters whose magnitude follows their analogue prototype up to 20 kHz, at 44.1 kHz too,
/// where the bilinear transform would squeeze it.
///
/// The prototypes are those of R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
/// coefficients". Their power response is a ratio of polynomials in the square of the frequency w.
/// That of a digital filter is one in s = sin^2(w/2), and so is w^2 very nearly, with two zeros and
/// two poles: within 0.3 % from DC to 20 kHz at 44.1 kHz. Put in for w^2, it turns each factor of
/// the prototype into a filter of the fourth order, which is split in two, the second of them close
/// to neutral unless half the sample rate is near. At the band's own frequency the match is exact.
///
/// A frequency over 0.46 of the sample rate counts as that. Everything but construction is
/// real-time safe.
class MatchedFilters {
  public:
    explicit MatchedFilters(double sample_rate_hz);

    /// High-pass, 12 dB per octave; the gain at frequency_hz, which is far from half the sample
    /// rate, is q. Poles by impulse invariance, after M. Vicanek, "Matched Second Order Digital
    /// Filters", 2016.
    SvfCoefficients high_pass(double frequency_hz, double q) const noexcept;

    /// Bell with gain_db at frequency_hz and, for any gain, half of that where its bandwidth ends.
    BandFilters bell(double frequency_hz, double gain_db, double q) const noexcept;

    /// Shelves with half of gain_db at frequency_hz. Over a q of 0.7071 they overshoot.
    BandFilters low_shelf(double frequency_hz, double gain_db, double q) const noexcept;
    BandFilters high_shelf(double frequency_hz, double gain_db, double q) const noexcept;

  private:
    /// n0 + n1 s + n2 s^2 where s = j at the centre frequency.
    struct Polynomial {
        double n0, n1, n2;
    };
    /// Two factors 1 + p s + q s^2 of a power response, s = sin^2(w/2).
    struct Factor {
        double p, q;
    };
    using Factors = std::array<Factor, 2>;

    double radians(double frequency_hz) const noexcept;
    Factors factors(const Polynomial &prototype, double centre) const noexcept;
    BandFilters matched(const Polynomial &numerator, const Polynomial &denominator,
                        double frequency_hz) const noexcept;

    double sample_rate_hz_;
    /// w^2 is about (a1 s + a2 s^2) / (1 + b1 s + b2 s^2).
    double a1_, a2_, b1_, b2_;
};

} // namespace headroom::dsp
