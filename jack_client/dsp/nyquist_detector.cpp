// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/nyquist_detector.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace headroom::dsp {

namespace {

constexpr int kHop = NyquistFilter::kHop;
constexpr int kHeld = NyquistFilter::kHeld;
static_assert(kGridFrames % kHop == 0);

/// Modified Bessel function of the first kind and order 0, by its power series. std::cyl_bessel_i()
/// writes a global variable of the C library, and engines are built on several threads.
double bessel_i0(double x) {
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; term > sum * std::numeric_limits<double>::epsilon(); ++k) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

/// A Kaiser window, turned over at half the sample rate, differentiated four times: low tones, of
/// which a limiter's gain must not hear the phase, leave nothing.
std::vector<double> nyquist_taps() {
    constexpr double kBeta = 4.5;
    constexpr double kDifferences[] = {1.0, -4.0, 6.0, -4.0, 1.0};
    constexpr std::size_t kWindow = NyquistFilter::kTaps + 1 - std::size(kDifferences);
    std::vector<double> taps(NyquistFilter::kTaps);
    double gain = 0.0;
    for (std::size_t i = 0; i < kWindow; ++i) {
        const double u = 2.0 * (static_cast<double>(i) + 0.5) / kWindow - 1.0;
        const double window = bessel_i0(kBeta * std::sqrt(1.0 - u * u));
        for (std::size_t k = 0; k < std::size(kDifferences); ++k) {
            const double tap = (i % 2 == 0 ? window : -window) * kDifferences[k];
            taps[i + k] += tap;
            gain += std::fabs(tap);
        }
    }
    for (double &tap : taps)
        tap /= gain;
    return taps;
}

} // namespace

NyquistDetector::NyquistDetector(double weight, int channels, InstructionSet instruction_set)
    : weight_(static_cast<float>(weight)),
      kernels_(peak_kernels(instruction_set)),
      levels_(static_cast<std::size_t>(channels), History<float>(kHeld)) {
    const std::vector<double> taps = nyquist_taps();
    std::transform(taps.begin(), taps.end(), filter_.taps.begin(),
                   [](double tap) { return static_cast<float>(tap); });
    bound_ = weight * peak_bound(taps, NyquistFilter::kTaps / 2);
}

void NyquistDetector::raise(int channel, const float *samples, float *peak, int count,
                            int period_frame, bool after_gap) noexcept {
    const int into_hop = period_frame % kHop;
    const int finished = (into_hop + count) / kHop;
    const int missing = after_gap ? kHeld : 0;
    float *levels = levels_[static_cast<std::size_t>(channel)].push(finished);
    const float *first_end = samples + (kHop - 1 - into_hop);
    kernels_.find_nyquist_levels(filter_, first_end - missing * kHop, levels - missing,
                                 finished + missing);

    alignas(64) std::array<float, kGridFrames> added;
    int at = 0;
    for (int hop = 0; hop <= finished; ++hop) {
        const float held = weight_ * kernels_.highest(levels + hop - kHeld, kHeld);
        const int end = std::min(count, (hop + 1) * kHop - 1 - into_hop);
        std::fill(added.begin() + at, added.begin() + end, held);
        at = end;
    }
    for (int i = 0; i < count; ++i)
        peak[i] += added[static_cast<std::size_t>(i)];
}

void NyquistDetector::reset() noexcept {
    for (History<float> &channel : levels_)
        channel.reset();
}

} // namespace headroom::dsp
