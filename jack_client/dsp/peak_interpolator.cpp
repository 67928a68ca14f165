// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/peak_interpolator.hpp"

#include <cmath>
#include <numbers>

namespace headroom::dsp {

namespace {

/// Windowed sinc, not normalised. half: distance at which the window ends.
double kaiser_sinc(double distance, double half, double beta) {
    const double u = distance / half;
    if (std::fabs(u) >= 1.0)
        return 0.0;
    const double x = std::numbers::pi * distance;
    const double sinc = x == 0.0 ? 1.0 : std::sin(x) / x;
    return sinc * std::cyl_bessel_i(0.0, beta * std::sqrt(1.0 - u * u));
}

/// From the trade between ripple and transition band: short filters need all of their band.
double long_filter_beta(int half_taps) {
    return half_taps <= 28 ? 5.0 : half_taps <= 48 ? 6.0 : 8.0;
}
constexpr double kShortFilterBeta = 6.0;

/// Covers what sixteen points a frame miss up to half the sample rate, for every phase of a sine.
constexpr float kCurvature = 0.0035f;

} // namespace

PeakInterpolator::PeakInterpolator(int half_taps, bool upper_bound, int channels,
                                   InstructionSet instruction_set)
    : half_taps_(half_taps),
      kernels_(peak_kernels(instruction_set)),
      channels_(static_cast<std::size_t>(channels), Channel{History<float>(kPastHalves), false}) {
    std::vector<double> half(static_cast<std::size_t>(half_taps));
    double gain = 0.0;
    for (int k = 0; k < half_taps; ++k)
        gain += half[static_cast<std::size_t>(k)] =
            kaiser_sinc(k + 0.5, half_taps, long_filter_beta(half_taps));
    double long_norm = 0.0;
    for (const double tap : half) {
        filters_.half.push_back(static_cast<float>(tap / (2.0 * gain)));
        long_norm += std::fabs(tap / gain);
    }

    constexpr int kHalf = PeakFilters::kShortHalf;
    double short_norm = 0.0;
    for (int p = 1; p <= PeakFilters::kShortPhases / 2; ++p) {
        std::array<double, kHalf> left{};
        std::array<double, kHalf> right{};
        const double position = static_cast<double>(p) / PeakFilters::kShortPhases;
        double sum = 0.0;
        for (std::size_t k = 0; k < kHalf; ++k) {
            const auto distance = static_cast<double>(k);
            sum += left[k] = kaiser_sinc(distance + position, kHalf, kShortFilterBeta);
            sum += right[k] = kaiser_sinc(distance + 1.0 - position, kHalf, kShortFilterBeta);
        }
        double norm = 0.0;
        for (std::size_t k = 0; k < kHalf; ++k) {
            norm += (std::fabs(left[k]) + std::fabs(right[k])) / sum;
            const auto even = static_cast<float>((left[k] + right[k]) / (2.0 * sum));
            const auto odd = static_cast<float>((left[k] - right[k]) / (2.0 * sum));
            if (p == PeakFilters::kShortPhases / 2) {
                filters_.middle[k] = even;
            } else {
                filters_.even[static_cast<std::size_t>(p - 1)][k] = even;
                filters_.odd[static_cast<std::size_t>(p - 1)][k] = odd;
            }
        }
        short_norm = std::fmax(short_norm, norm);
    }
    filters_.curvature = upper_bound ? kCurvature : 0.0f;
    const double bend_norm = 2.0 * (1.0 + long_norm);
    worst_gain_ = static_cast<float>(
        1.0001 * (long_norm * short_norm + static_cast<double>(filters_.curvature) * bend_norm));
}

void PeakInterpolator::process(int channel, const float *samples, float *peak, int count) noexcept {
    Channel &c = channels_[static_cast<std::size_t>(channel)];
    float *halves = c.halves.push(count);
    const int missing = c.has_gap ? kPastHalves : 0;
    c.has_gap = false;
    kernels_.find_halves(filters_, samples - missing, halves - missing, count + missing);
    kernels_.find_peaks(filters_, samples, halves, peak, count);
}

void PeakInterpolator::reset() noexcept {
    for (Channel &channel : channels_)
        channel.halves.reset();
}

} // namespace headroom::dsp
