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

constexpr double kLongestHalfWave_s = 1.0 / 36.0;

} // namespace

BassDetector::BassDetector(double hold_s, double sample_rate_hz, int channels)
    : group_frames_(
          simd::kBaselineLanes *
          std::max(1, whole_frames(1.0 / kGroupRate_hz / simd::kBaselineLanes, sample_rate_hz))),
      group_scale_(1.0f / static_cast<float>(group_frames_)),
      share_(static_cast<float>(
          step_share(sample_rate_hz / (group_frames_ * 2.0 * std::numbers::pi * kCorner_hz)))),
      longest_half_wave_(whole_frames(kLongestHalfWave_s, sample_rate_hz / group_frames_)),
      channels_(static_cast<std::size_t>(channels)),
      // A cycle is a grid period where groups fit into one.
      groups_per_cycle_(std::max(1, kGridFrames / group_frames_)),
      held_(std::max(1, whole_frames(hold_s, sample_rate_hz / (group_frames_ * groups_per_cycle_))),
            0.0f) {}

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
    float crest = 0.0f;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        simd::Baseline sums{};
        for (int i = end - group_frames_; i < end; i += simd::kBaselineLanes) {
            simd::Baseline v;
            simd::load(v, newest[c] + i);
            sums += v;
        }
        const float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        Channel &channel = channels_[c];
        channel.advance(channel.low + share_ * (sum * group_scale_ - channel.low),
                        longest_half_wave_);
        level = std::max(level, std::fabs(channel.low));
        crest = std::max({crest, channel.crest, channel.previous_crest});
    }
    cycle_highest_ = std::max(cycle_highest_, level * kGain);
    if (++groups_in_cycle_ == groups_per_cycle_) {
        float negative = -cycle_highest_;
        held_.process(&negative, 1);
        cycles_highest_ = -negative;
        cycle_highest_ = 0.0f;
        groups_in_cycle_ = 0;
    }
    held_lin_ = std::max({cycle_highest_, cycles_highest_, crest * kGain});
}

void BassDetector::Channel::advance(float next_low, int longest_half_wave) noexcept {
    if ((next_low < 0.0f) != (low < 0.0f)) {
        previous_crest = crest;
        crest = 0.0f;
        groups = 0;
    }
    low = next_low;
    if (groups < longest_half_wave) {
        ++groups;
        crest = std::max(crest, std::fabs(low));
    } else {
        // Not a wave, or one that is too slow for a limiter to distort.
        crest = 0.0f;
        previous_crest = 0.0f;
    }
}

bool BassDetector::is_at_rest() const noexcept {
    return std::all_of(channels_.begin(), channels_.end(), [&](Channel channel) {
        const Channel now = channel;
        channel.advance(now.low + share_ * (0.0f - now.low), longest_half_wave_);
        return channel == now;
    });
}

void BassDetector::skip(int frames) noexcept {
    const int groups = (position_ + frames) / group_frames_;
    position_ = (position_ + frames) % group_frames_;
    groups_in_cycle_ = (groups_in_cycle_ + groups) % groups_per_cycle_;
}

void BassDetector::reset() noexcept {
    position_ = 0;
    held_lin_ = 0.0f;
    std::fill(channels_.begin(), channels_.end(), Channel{});
    groups_in_cycle_ = 0;
    cycle_highest_ = 0.0f;
    cycles_highest_ = 0.0f;
    held_.reset();
}

} // namespace headroom::dsp
