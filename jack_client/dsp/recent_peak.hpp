// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"
#include "jack_client/dsp/simd.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace headroom::dsp {

/// Largest sample magnitude of at least the last `frames` frames, kept for whole grid periods: a
/// cheap bound on what a filter over those frames can give.
class RecentPeak {
  public:
    /// Not real-time safe.
    explicit RecentPeak(int frames)
        : periods_(static_cast<std::size_t>(frames / kGridFrames + 2), 0.0f) {}

    /// Starts the next block, which all raise() until the next call belong to. Real-time safe.
    void advance(int count) noexcept {
        position_ += count;
        if (position_ <= kGridFrames)
            return;
        position_ = count;
        now_ = (now_ + 1) % periods_.size();
        periods_[now_] = 0.0f;
    }
    void raise(const float *samples, int count) noexcept {
        simd::Baseline top{};
        int i = 0;
        for (; i + simd::kBaselineLanes <= count; i += simd::kBaselineLanes) {
            simd::Baseline v;
            simd::load(v, samples + i);
            simd::to_magnitude(v);
            simd::raise(top, v);
        }
        float peak = std::max(periods_[now_], simd::highest(top));
        for (; i < count; ++i)
            peak = std::max(peak, std::fabs(samples[i]));
        periods_[now_] = peak;
    }
    float value() const noexcept { return *std::max_element(periods_.begin(), periods_.end()); }

    void reset() noexcept { std::fill(periods_.begin(), periods_.end(), 0.0f); }

  private:
    std::vector<float> periods_;
    std::size_t now_ = 0;
    int position_ = 0; ///< frames in the period that runs now
};

} // namespace headroom::dsp
