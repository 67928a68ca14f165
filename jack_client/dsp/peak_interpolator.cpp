// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/peak_interpolator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace headroom::dsp {

namespace {

/// Interpolates between samples 0 and 1: 2 * half_taps taps for the samples from 1 - half_taps on.
struct InterpolatorDesign {
    int half_taps;
    double position;   ///< 0..1
    double band_edge;  ///< share of half the sample rate up to which it should be true
    double low_edge;   ///< up to which it should be much truer still
    double tap_weight; ///< keeps taps moderate where that costs little
};

/// The taps that come closest in the mean square over all frequencies up to the band edge. The
/// normal equations have sincs of the distances as coefficients. Low notes count more, so that the
/// reading of a low tone does not depend on where between samples its crest lies: a limiter turns
/// that into modulation.
std::vector<double> least_squares_taps(const InterpolatorDesign &design) {
    constexpr double kLowWeight = 1e5;
    const auto mean_cosine = [&](double distance) {
        const double x = std::numbers::pi * distance;
        return distance == 0.0
                   ? design.band_edge + kLowWeight * design.low_edge
                   : (std::sin(design.band_edge * x) + kLowWeight * std::sin(design.low_edge * x)) /
                         x;
    };
    const auto taps = 2 * static_cast<std::size_t>(design.half_taps);
    std::vector<std::vector<double>> rows(taps, std::vector<double>(taps));
    std::vector<double> right(taps);
    for (std::size_t i = 0; i < taps; ++i) {
        const auto sample = static_cast<double>(i) - (design.half_taps - 1);
        for (std::size_t j = 0; j < taps; ++j)
            rows[i][j] = mean_cosine(static_cast<double>(i) - static_cast<double>(j));
        rows[i][i] += design.tap_weight;
        right[i] = mean_cosine(sample - design.position);
    }
    // The matrix is symmetric and positive definite: elimination needs no pivoting.
    for (std::size_t p = 0; p < taps; ++p)
        for (std::size_t i = p + 1; i < taps; ++i) {
            const double factor = rows[i][p] / rows[p][p];
            for (std::size_t j = p; j < taps; ++j)
                rows[i][j] -= factor * rows[p][j];
            right[i] -= factor * right[p];
        }
    for (std::size_t i = taps; i-- > 0;) {
        for (std::size_t j = i + 1; j < taps; ++j)
            right[i] -= rows[i][j] * right[j];
        right[i] /= rows[i][i];
    }
    return right;
}

/// Taps, from the centre outwards, that pass what is near half the sample rate. There the long
/// filter falls off, and meters with longer ones read more. The weight was found by measurement,
/// with white noise and sign flips at half the sample rate.
std::vector<double> nyquist_filter(int half_taps) {
    constexpr double kBeta = 7.0;
    constexpr double kWeight = 3.0;
    std::vector<double> taps(static_cast<std::size_t>(half_taps));
    double gain = 0.0;
    for (std::size_t k = 0; k < taps.size(); ++k) {
        const double u = static_cast<double>(k) / half_taps;
        const double window = std::cyl_bessel_i(0.0, kBeta * std::sqrt(1.0 - u * u));
        taps[k] = k % 2 == 0 ? window : -window;
        gain += k == 0 ? window : 2.0 * window;
    }
    for (double &tap : taps)
        tap *= kWeight / gain;
    return taps;
}

/// Covers what sixteen points a frame miss up to half the sample rate, for every phase of a sine.
constexpr float kCurvature = 0.0035f;

/// Half of the taps of ITU-R BS.1770-5, annex 2; the other two phases mirror them.
constexpr double kItuPhase0[] = {0.0017089843750,  0.0109863281250,  -0.0196533203125,
                                 0.0332031250000,  -0.0594482421875, 0.1373291015625,
                                 0.9721679687500,  -0.1022949218750, 0.0476074218750,
                                 -0.0266113281250, 0.0148925781250,  -0.0083007812500};
constexpr double kItuPhase1[] = {-0.0291748046875, 0.0292968750000,  -0.0517578125000,
                                 0.0891113281250,  -0.1665039062500, 0.4650878906250,
                                 0.7797851562500,  -0.2003173828125, 0.1015625000000,
                                 -0.0582275390625, 0.0330810546875,  -0.0189208984375};

/// Fourfold interpolator of libebur128: sinc under a Hann window over 49 points.
double hann_sinc(double distance) {
    const double x = std::numbers::pi * distance;
    return std::sin(x) / x * 0.5 * (1.0 + std::cos(x / 6.0));
}

/// What the meter of BS.1770 adds to low notes at some phases. An upper bound adds it at all, so
/// that it does not depend on the phase.
constexpr float kMeterGain = 1.0017f;

template <class Tap> MirroredFilter mirrored(Tap tap) {
    MirroredFilter filter;
    for (int k = 0; k < MirroredFilter::kHalf; ++k) {
        const double left = tap(MirroredFilter::kHalf - 1 - k);
        const double right = tap(MirroredFilter::kHalf + k);
        filter.even[static_cast<std::size_t>(k)] = static_cast<float>((left + right) / 2.0);
        filter.odd[static_cast<std::size_t>(k)] = static_cast<float>((left - right) / 2.0);
    }
    return filter;
}

} // namespace

PeakInterpolator::PeakInterpolator(const Design &design, int channels,
                                   InstructionSet instruction_set)
    : upper_bound_(design.upper_bound),
      kernels_(peak_kernels(instruction_set)),
      channels_(static_cast<std::size_t>(channels), Channel{History<float>(kPastHalves), false}) {
    double long_norm = 0.0;
    const std::vector<double> taps =
        least_squares_taps({design.half_taps, 0.5, design.band_edge, 0.1, 1e-5});
    for (auto tap = taps.begin() + design.half_taps; tap != taps.end(); ++tap) {
        filters_.half.push_back(static_cast<float>(*tap));
        long_norm += 2.0 * std::fabs(*tap);
    }
    const std::vector<double> edge = nyquist_filter(design.half_taps);
    double edge_norm = 0.0;
    for (const double tap : edge) {
        filters_.edge.push_back(static_cast<float>(tap));
        edge_norm += 2.0 * std::fabs(tap);
    }

    constexpr int kHalf = PeakFilters::kShortHalf;
    double short_norm = 0.0;
    for (std::size_t p = 1; p <= PeakFilters::kShortPhases / 2; ++p) {
        const double position = static_cast<double>(p) / PeakFilters::kShortPhases;
        const std::vector<double> short_taps =
            least_squares_taps({kHalf, position, 0.5, 0.05, 1e-10});
        double norm = 0.0;
        for (std::size_t k = 0; k < kHalf; ++k) {
            const double left = short_taps[kHalf - 1 - k];
            const double right = short_taps[kHalf + k];
            norm += std::fabs(left) + std::fabs(right);
            if (p == PeakFilters::kShortPhases / 2) {
                filters_.middle[k] = static_cast<float>(left);
            } else {
                filters_.even[p - 1][k] = static_cast<float>((left + right) / 2.0);
                filters_.odd[p - 1][k] = static_cast<float>((left - right) / 2.0);
            }
        }
        short_norm = std::fmax(short_norm, norm);
    }
    filters_.meters[0] = mirrored([](int k) { return kItuPhase0[k]; });
    filters_.meters[1] = mirrored([](int k) { return kItuPhase1[k]; });
    filters_.meters[2] = mirrored([](int k) { return hann_sinc(k - 5.75); });
    filters_.meter_middle = mirrored([](int k) { return hann_sinc(k - 5.5); }).even;
    filters_.gain = upper_bound_ ? kMeterGain : 1.0f;
    filters_.curvature = upper_bound_ ? kCurvature : 0.0f;
    const double bend_norm = 2.0 * (1.0 + long_norm);
    worst_gain_ = static_cast<float>(1.01 * (long_norm * short_norm + edge_norm +
                                             static_cast<double>(filters_.curvature) * bend_norm));
}

void PeakInterpolator::process(int channel, const float *samples, float *peak, int count) noexcept {
    Channel &c = channels_[static_cast<std::size_t>(channel)];
    float *halves = c.halves.push(count);
    const int missing = c.has_gap ? kPastHalves : 0;
    c.has_gap = false;
    kernels_.find_halves(filters_, samples - missing, halves - missing, count + missing);
    alignas(64) std::array<float, 2 * kGridFrames> own;
    kernels_.find_peaks(filters_, samples, halves, own.data(), count);
    if (upper_bound_)
        kernels_.find_meter_peaks(filters_, samples, own.data(), count);
    for (int i = 0; i < count; ++i)
        peak[i] = std::max(peak[i], own[static_cast<std::size_t>(i)]);
}

void PeakInterpolator::reset() noexcept {
    for (Channel &channel : channels_)
        channel.halves.reset();
}

} // namespace headroom::dsp
