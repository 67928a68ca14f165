// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/biquad.hpp"

namespace headroom::dsp {

/// The two filters of ITU-R BS.1770-5, annex 1, at any sample rate: the analogue prototypes that
/// give the tabled coefficients at 48 kHz, brought to the rate by the bilinear transform.
struct KWeighting {
    explicit KWeighting(double sample_rate_hz);

    BiquadCoefficients shelf;
    BiquadCoefficients highpass;
};

} // namespace headroom::dsp
