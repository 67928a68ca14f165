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

/// Covers what sixteen points a frame miss up to half the sample rate, for every phase of a sine.
constexpr float kCurvature = 0.0035f;

/// Covers what single precision rounds off.
constexpr double kRounding = 1.01;

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

/// Highest bound of several filters on what is between the same two samples.
class BoundSearch {
  public:
    explicit BoundSearch(const std::vector<float> &half)
        : half_(half), centre_(static_cast<int>(half.size()) + 8), taps_(2 * half.size() + 16) {}

    /// The filter that follows: samples count from the left one.
    BoundSearch &sample(int at, double weight) {
        taps_[static_cast<std::size_t>(std::ptrdiff_t{centre_} + at)] += weight;
        return *this;
    }
    /// Half a frame after a sample.
    BoundSearch &half(int at, double weight) {
        for (int k = 0; k < static_cast<int>(half_.size()); ++k) {
            const double tap = weight * static_cast<double>(half_[static_cast<std::size_t>(k)]);
            sample(at - k, tap).sample(at + 1 + k, tap);
        }
        return *this;
    }
    void end_filter() {
        const PeakBound bound = peak_bound(taps_, static_cast<std::size_t>(centre_));
        highest_.ends = std::max(highest_.ends, bound.ends);
        highest_.bends = std::max(highest_.bends, bound.bends);
        std::fill(taps_.begin(), taps_.end(), 0.0);
    }
    PeakBound highest() const { return highest_; }

  private:
    const std::vector<float> &half_;
    int centre_; ///< where in the taps the left sample is
    std::vector<double> taps_;
    PeakBound highest_;
};

} // namespace

PeakInterpolator::PeakInterpolator(const Design &design, int channels,
                                   InstructionSet instruction_set)
    : upper_bound_(design.upper_bound),
      nyquist_(design.nyquist_weight, channels, instruction_set),
      kernels_(peak_kernels(instruction_set)),
      channels_(static_cast<std::size_t>(channels),
                Channel{History<float>(kPastHalves),
                        RecentHighest(2 * design.half_taps + kPastHalves),
                        RecentHighest(NyquistDetector::past_frames()), false}) {
    const std::vector<double> taps =
        least_squares_taps({design.half_taps, 0.5, design.band_edge, 0.1, 1e-5});
    for (auto tap = taps.begin() + design.half_taps; tap != taps.end(); ++tap)
        filters_.half.push_back(static_cast<float>(*tap));

    constexpr int kHalf = PeakFilters::kShortHalf;
    for (std::size_t p = 1; p <= PeakFilters::kShortPhases / 2; ++p) {
        const double position = static_cast<double>(p) / PeakFilters::kShortPhases;
        const std::vector<double> short_taps =
            least_squares_taps({kHalf, position, 0.5, 0.05, 1e-10});
        for (std::size_t k = 0; k < kHalf; ++k) {
            const double left = short_taps[kHalf - 1 - k];
            const double right = short_taps[kHalf + k];
            if (p == PeakFilters::kShortPhases / 2) {
                filters_.middle[k] = static_cast<float>(left);
            } else {
                filters_.even[p - 1][k] = static_cast<float>((left + right) / 2.0);
                filters_.odd[p - 1][k] = static_cast<float>((left - right) / 2.0);
            }
        }
    }
    filters_.meters[0] = mirrored([](int k) { return kItuPhase0[k]; });
    filters_.meters[1] = mirrored([](int k) { return kItuPhase1[k]; });
    filters_.meters[2] = mirrored([](int k) { return hann_sinc(k - 5.75); });
    filters_.meter_middle = mirrored([](int k) { return hann_sinc(k - 5.5); }).even;
    filters_.gain = upper_bound_ ? kMeterGain : 1.0f;
    filters_.curvature = upper_bound_ ? kCurvature : 0.0f;
    bound_ = find_bound();
}

PeakBound PeakInterpolator::find_bound() const {
    constexpr int kHalf = PeakFilters::kShortHalf;
    BoundSearch grid(filters_.half);
    // Points on the grid between a value of the twice oversampled signal and the next one: of a
    // sample and the half after it, or of that and the next sample.
    const auto points = [&](bool from_half) {
        const auto value = [&](int k, double weight) { // k values after the first
            const int at = k + (from_half ? 1 : 0) + 2 * kHalf;
            if (at % 2 == 0)
                grid.sample(at / 2 - kHalf, weight);
            else
                grid.half(at / 2 - kHalf, weight);
        };
        const auto filter = [&](auto left, auto right) {
            for (int k = 0; k < kHalf; ++k) {
                value(-k, left(static_cast<std::size_t>(k)));
                value(1 + k, right(static_cast<std::size_t>(k)));
            }
            grid.end_filter();
        };
        const auto middle = [&](std::size_t k) { return static_cast<double>(filters_.middle[k]); };
        filter(middle, middle);
        for (std::size_t p = 0; p < filters_.even.size(); ++p) {
            const auto sum = [&](std::size_t k) {
                return static_cast<double>(filters_.even[p][k] + filters_.odd[p][k]);
            };
            const auto difference = [&](std::size_t k) {
                return static_cast<double>(filters_.even[p][k] - filters_.odd[p][k]);
            };
            filter(sum, difference);
            filter(difference, sum);
        }
    };
    grid.sample(0, 1.0).end_filter();
    grid.half(0, 1.0).end_filter();
    points(false);
    points(true);

    BoundSearch bend(filters_.half);
    bend.half(-1, 1.0).half(0, 1.0).sample(0, -2.0).end_filter();
    bend.sample(0, 1.0).sample(1, 1.0).half(0, -2.0).end_filter();
    bend.half(0, 1.0).half(1, 1.0).sample(1, -2.0).end_filter();

    PeakBound bound = static_cast<double>(filters_.gain) * grid.highest() +
                      static_cast<double>(filters_.curvature) * bend.highest();
    if (upper_bound_) {
        BoundSearch meters(filters_.half);
        const auto mirrored_filter = [&](const MirroredFilter &filter, double sign) {
            for (std::size_t k = 0; k < filter.even.size(); ++k) {
                const auto even = static_cast<double>(filter.even[k]);
                const double odd = sign * static_cast<double>(filter.odd[k]);
                meters.sample(-static_cast<int>(k), even + odd);
                meters.sample(1 + static_cast<int>(k), even - odd);
            }
            meters.end_filter();
        };
        for (const MirroredFilter &filter : filters_.meters) {
            mirrored_filter(filter, 1.0);
            mirrored_filter(filter, -1.0);
        }
        mirrored_filter({filters_.meter_middle, {}}, 1.0);
        bound.ends = std::max(bound.ends, meters.highest().ends);
        bound.bends = std::max(bound.bends, meters.highest().bends);
    }
    return kRounding * bound;
}

bool PeakInterpolator::process(int channel, const float *samples, float floor_lin, float *peak,
                               int count) noexcept {
    Channel &c = channels_[static_cast<std::size_t>(channel)];
    const float bend = kernels_.highest_bend(samples, count);
    c.bends.add(bend, count);
    float bound =
        bound_.value(kernels_.highest(samples - delay_frames(), count + 1), c.bends.value());
    if (upper_bound_) {
        c.far_bends.add(bend, count);
        bound += nyquist_.bound().value(0.0f, c.far_bends.value());
    }
    if (bound <= floor_lin) {
        c.has_gap = true;
        return false;
    }
    float *halves = c.halves.push(count);
    const int missing = c.has_gap ? kPastHalves : 0;
    kernels_.find_halves(filters_, samples - missing, halves - missing, count + missing);
    alignas(64) std::array<float, 2 * kGridFrames> own;
    kernels_.find_peaks(filters_, samples, halves, own.data(), count);
    if (upper_bound_) {
        kernels_.find_meter_peaks(filters_, samples, own.data(), count);
        nyquist_.raise(channel, samples, own.data(), count, c.bends.position() - count, c.has_gap);
    }
    c.has_gap = false;
    for (int i = 0; i < count; ++i)
        peak[i] = std::max(peak[i], own[static_cast<std::size_t>(i)]);
    return true;
}

void PeakInterpolator::reset() noexcept {
    for (Channel &channel : channels_) {
        channel.halves.reset();
        channel.bends.reset();
        channel.far_bends.reset();
    }
    nyquist_.reset();
}

} // namespace headroom::dsp
