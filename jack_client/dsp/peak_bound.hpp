// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace headroom::dsp {

/// What a filter gives at most that estimates a signal between two samples, for the price of
/// looking at the samples.
///
/// Any such filter is a weighted mean of the two samples and, for the rest, a filter of the
/// signal's second differences: summing what remains of its taps twice gives the taps of that one.
/// Music bends little from sample to sample, so that this comes within a dB or so of what the
/// filter gives, where the sum of its own taps' magnitudes is 10 dB above.
struct PeakBound {
    double ends = 0.0;  ///< times the larger magnitude of both samples
    double bends = 0.0; ///< times the largest magnitude of a second difference under the filter

    float value(float end, float bend) const noexcept {
        return static_cast<float>(ends) * end + static_cast<float>(bends) * bend;
    }
    friend PeakBound operator+(PeakBound a, PeakBound b) noexcept {
        return {a.ends + b.ends, a.bends + b.bends};
    }
    friend PeakBound operator*(double share, PeakBound a) noexcept {
        return {share * a.ends, share * a.bends};
    }
};

/// Bound of the filter whose tap number `left` is for the left one of both samples. Not real-time
/// safe.
inline PeakBound peak_bound(std::vector<double> taps, std::size_t left) {
    double sum = 0.0;
    double moment = 0.0;
    for (std::size_t i = 0; i < taps.size(); ++i) {
        sum += taps[i];
        moment += taps[i] * (static_cast<double>(i) - static_cast<double>(left));
    }
    taps[left] -= sum - moment;
    taps[left + 1] -= moment;
    PeakBound bound{std::fabs(sum - moment) + std::fabs(moment), 0.0};
    double once = 0.0;
    double twice = 0.0;
    for (const double tap : taps) {
        once += tap;
        twice += once;
        bound.bends += std::fabs(twice);
    }
    return bound;
}

} // namespace headroom::dsp
