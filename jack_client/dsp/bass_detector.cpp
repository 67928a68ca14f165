// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/bass_detector.hpp"

#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace headroom::dsp {

namespace {

constexpr double kGroupRate_hz = 6000.0;
constexpr double kCorner_hz = 500.0;
constexpr double kHold_s = 0.016; ///< half a period of 31 Hz

} // namespace

BassDetector::BassDetector(double sample_rate_hz, int channels)
    : group_frames_(std::max(1, whole_frames(1.0 / kGroupRate_hz, sample_rate_hz))),
      group_scale_(1.0f / static_cast<float>(group_frames_)),
      share_(static_cast<float>(
          step_share(sample_rate_hz / (group_frames_ * 2.0 * std::numbers::pi * kCorner_hz)))),
      low_(static_cast<std::size_t>(channels), 0.0f),
      held_(whole_frames(kHold_s, sample_rate_hz / group_frames_), 0.0f) {}

void BassDetector::process(const float *const *newest, float *level_lin, int count) noexcept {
    for (int i = 0; i < count; ++i) {
        if (++position_ == group_frames_) {
            position_ = 0;
            finish_group(newest, i + 1);
        }
        level_lin[i] = held_lin_;
    }
}

void BassDetector::finish_group(const float *const *newest, int end) noexcept {
    float level = 0.0f;
    for (std::size_t c = 0; c < low_.size(); ++c) {
        float sum = 0.0f;
        for (int i = end - group_frames_; i < end; ++i)
            sum += newest[c][i];
        low_[c] += share_ * (sum * group_scale_ - low_[c]);
        level = std::max(level, std::fabs(low_[c]));
    }
    float negative = -level;
    held_.process(&negative, 1);
    held_lin_ = -negative;
}

void BassDetector::reset() noexcept {
    position_ = 0;
    held_lin_ = 0.0f;
    std::fill(low_.begin(), low_.end(), 0.0f);
    held_.reset();
}

} // namespace headroom::dsp
