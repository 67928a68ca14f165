// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/k_weighting.hpp"

#include <cmath>
#include <numbers>

namespace headroom::dsp {

KWeighting::KWeighting(double sample_rate_hz) {
    // Corner, quality and gain as solved from the tables; libebur128 uses the same figures.
    {
        const double k = std::tan(std::numbers::pi * 1681.974450955533 / sample_rate_hz);
        const double q = 0.7071752369554196;
        const double high_gain = std::pow(10.0, 3.999843853973347 / 20.0);
        const double band_gain = std::pow(high_gain, 0.4996667741545416);
        const double a0 = 1.0 + k / q + k * k;
        shelf = {(high_gain + band_gain * k / q + k * k) / a0, 2.0 * (k * k - high_gain) / a0,
                 (high_gain - band_gain * k / q + k * k) / a0, 2.0 * (k * k - 1.0) / a0,
                 (1.0 - k / q + k * k) / a0};
    }
    {
        const double k = std::tan(std::numbers::pi * 38.13547087602444 / sample_rate_hz);
        const double q = 0.5003270373238773;
        const double a0 = 1.0 + k / q + k * k;
        highpass = {1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
    }
}

} // namespace headroom::dsp
