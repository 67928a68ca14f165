// SPDX-License-Identifier: MPL-2.0
#pragma once

/// Second-order filters whose magnitude follows their analogue prototype up to half the sample
/// rate, where the bilinear transform would squeeze it.
///
/// The prototypes are those of R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
/// coefficients". The poles come by impulse invariance, the numerator from magnitudes, after
/// M. Vicanek, "Matched Second Order Digital Filters", 2016; here at DC, at the centre, and a third
/// of the way from there to half the sample rate. Cuts are the exact inverse of boosts.
///
/// A frequency over 0.46 of the sample rate counts as that. Everything here is real-time safe.
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

/// High-pass, 12 dB per octave; the gain at frequency_hz is q.
SvfCoefficients matched_high_pass(double sample_rate_hz, double frequency_hz, double q) noexcept;

/// Bell with gain_db at frequency_hz and, for any gain, half of that where its bandwidth ends.
SvfCoefficients matched_bell(double sample_rate_hz, double frequency_hz, double gain_db,
                             double q) noexcept;

/// Shelves with half of gain_db at frequency_hz. Over a q of 0.7071 they overshoot; over 2, where
/// no stable match may exist, q counts as 2.
SvfCoefficients matched_low_shelf(double sample_rate_hz, double frequency_hz, double gain_db,
                                  double q) noexcept;
SvfCoefficients matched_high_shelf(double sample_rate_hz, double frequency_hz, double gain_db,
                                   double q) noexcept;

} // namespace headroom::dsp
