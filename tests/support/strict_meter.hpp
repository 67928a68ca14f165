// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/audio.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <span>
#include <vector>

/// True-peak meters that share nothing with the code under test.
namespace headroom::test {

/// Interpolates to 32 times the rate by a Kaiser-windowed sinc.
class TruePeakReference {
  public:
    /// strict: 256 taps a phase, flat to 0.4875 of the rate. dac: 80 taps, like a converter's own
    /// filter, 6 dB down at half the rate.
    static const TruePeakReference &strict() {
        static const TruePeakReference meter(256, 10.0);
        return meter;
    }
    static const TruePeakReference &dac() {
        static const TruePeakReference meter(80, 11.2);
        return meter;
    }

    TruePeakReference(std::size_t taps, double beta) : taps_(taps), table_(kPhases * taps) {
        const std::size_t half_taps = taps / 2;
        const auto half = static_cast<double>(half_taps);
        for (std::size_t p = 0; p < kPhases; ++p) {
            std::vector<double> phase(taps);
            double gain = 0.0;
            for (std::size_t k = 0; k < taps; ++k) {
                const double t = static_cast<double>(k) - half + 1.0 -
                                 static_cast<double>(p) / static_cast<double>(kPhases);
                const double u = t / half;
                const double x = std::numbers::pi * t;
                const double window = std::fabs(u) < 1.0
                                          ? std::cyl_bessel_i(0.0, beta * std::sqrt(1.0 - u * u))
                                          : 0.0;
                gain += phase[k] = window * (t == 0.0 ? 1.0 : std::sin(x) / x);
            }
            for (std::size_t k = 0; k < taps; ++k)
                table_[p * taps + k] = static_cast<float>(phase[k] / gain);
        }
    }

    /// Highest magnitude, or interesting_lin where that is more: what lies so far under it that
    /// it cannot matter is passed over.
    double peak(const Channel &x, double interesting_lin) const {
        constexpr std::size_t kLanes = 16;
        std::vector<float> padded(x.size() + 2 * taps_ + kLanes, 0.0f);
        std::copy(x.begin(), x.end(), padded.begin() + static_cast<std::ptrdiff_t>(taps_));
        Lanes highest{};
        for (std::size_t at = 0; at < x.size() + taps_; at += kLanes) {
            // Between samples this far down no wave of this band rises to the level in question.
            constexpr float kFarDown = 0.25f;
            const float *centre = padded.data() + at + taps_ / 2 - 9;
            if (std::none_of(centre, centre + kLanes + 18, [&](float v) {
                    return std::fabs(v) > kFarDown * static_cast<float>(interesting_lin);
                }))
                continue;
            for (std::size_t p = 0; p < kPhases; ++p) {
                const float *taps = table_.data() + p * taps_;
                Lanes even{};
                Lanes odd{};
                for (std::size_t k = 0; k < taps_; k += 2) {
                    Lanes a;
                    Lanes b;
                    std::memcpy(&a, padded.data() + at + k, sizeof a);
                    std::memcpy(&b, padded.data() + at + k + 1, sizeof b);
                    even += taps[k] * a;
                    odd += taps[k + 1] * b;
                }
                even += odd;
                even = even < 0.0f ? -even : even;
                highest = highest > even ? highest : even;
            }
        }
        double result = interesting_lin;
        for (std::size_t i = 0; i < kLanes; ++i)
            result = std::max(result, static_cast<double>(highest[i]));
        return result;
    }

    double peak(const Audio &audio, double interesting_lin) const {
        double result = interesting_lin;
        for (const Channel &channel : audio)
            result = std::max(result, peak(channel, interesting_lin));
        return result;
    }

  private:
    static constexpr std::size_t kPhases = 32;
    using Lanes = float __attribute__((vector_size(16 * sizeof(float))));

    std::size_t taps_;
    std::vector<float> table_;
};

/// The interpolator of ITU-R BS.1770, annex 2: four phases of twelve taps.
inline double itu_peak(const Audio &audio) {
    constexpr std::array<std::array<double, 12>, 2> kPhases{
        {{0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
          0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
          0.0148925781250, -0.0083007812500},
         {-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
          0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
          0.0330810546875, -0.0189208984375}}};
    double highest = 0.0;
    for (const Channel &x : audio)
        for (std::size_t n = 11; n < x.size(); ++n)
            for (const auto &phase : kPhases) {
                double forwards = 0.0;
                double backwards = 0.0;
                for (std::size_t k = 0; k < 12; ++k) {
                    forwards += phase[k] * static_cast<double>(x[n - k]);
                    backwards += phase[11 - k] * static_cast<double>(x[n - k]);
                }
                highest = std::max({highest, std::fabs(forwards), std::fabs(backwards)});
            }
    return highest;
}

} // namespace headroom::test
