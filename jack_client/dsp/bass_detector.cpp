// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/bass_detector.hpp"

#include "jack_client/dsp/audio_block.hpp"
#include "jack_client/dsp/simd.hpp"
#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace headroom::dsp {

namespace {

constexpr double kGroupRate_hz = 6000.0; ///< about
constexpr double kCorner_hz = 500.0;

/// Makes up for what the low-pass takes from the lowest notes, so that of a bass note alone the
/// limiter hears nothing but the held level.
constexpr float kGain = 1.015f;

} // namespace

BassDetector::BassDetector(double hold_s, double sample_rate_hz, int channels)
    : group_frames_(
          simd::kBaselineLanes *
          std::max(1, whole_frames(1.0 / kGroupRate_hz / simd::kBaselineLanes, sample_rate_hz))),
      group_scale_(1.0f / static_cast<float>(group_frames_)),
      share_(static_cast<float>(
          step_share(sample_rate_hz / (group_frames_ * 2.0 * std::numbers::pi * kCorner_hz)))),
      low_(static_cast<std::size_t>(channels), 0.0f),
      held_(whole_frames(hold_s, sample_rate_hz / group_frames_), 0.0f) {}

void BassDetector::process(const float *const *newest, float *level_lin, int count) noexcept {
    for (int i = 0; i < count;) {
        const int end = std::min(count, i + group_frames_ - position_);
        position_ += end - i;
        // The level of a group is known with its last frame.
        const bool finished = position_ == group_frames_;
        std::fill(level_lin + i, level_lin + end - (finished ? 1 : 0), held_lin_);
        if (finished) {
            position_ = 0;
            finish_group(newest, end);
            level_lin[end - 1] = held_lin_;
        }
        i = end;
    }
}

void BassDetector::finish_group(const float *const *newest, int end) noexcept {
    float level = 0.0f;
    for (std::size_t c = 0; c < low_.size(); ++c) {
        simd::Baseline sums{};
        for (int i = end - group_frames_; i < end; i += simd::kBaselineLanes) {
            simd::Baseline v;
            simd::load(v, newest[c] + i);
            sums += v;
        }
        const float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        low_[c] += share_ * (sum * group_scale_ - low_[c]);
        level = std::max(level, std::fabs(low_[c]));
    }
    float negative[simd::kBaselineLanes] = {-level * kGain};
    held_.process(negative, 1);
    held_lin_ = -negative[0];
}

bool BassDetector::is_at_rest() const noexcept {
    return kGridFrames % group_frames_ == 0 &&
           std::all_of(low_.begin(), low_.end(),
                       [&](float low) { return low + share_ * (0.0f - low) == low; });
}

void BassDetector::reset() noexcept {
    position_ = 0;
    held_lin_ = 0.0f;
    std::fill(low_.begin(), low_.end(), 0.0f);
    held_.reset();
}

} // namespace headroom::dsp
