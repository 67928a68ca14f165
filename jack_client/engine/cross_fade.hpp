// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace headroom::engine {

/// How long it takes from one signal to the other wherever something is switched.
inline constexpr double kCrossFade_ms = 20.0;

/// Shares of the second signal, one for each frame of a block.
using FadeGains = std::array<float, dsp::kGridFrames>;

/// Position between a first and a second signal. Moves along a smoothstep, so that neither the
/// gain nor its slope jumps; for the same reason a fade under way is completed before it may turn
/// back. Real-time safe.
class CrossFade {
  public:
    explicit CrossFade(double sample_rate_hz, bool second = false)
        : length_(whole_steps(sample_rate_hz)),
          position_(second ? length_ : 0),
          wanted_second_(second),
          to_second_(second) {}

    void toward_first() noexcept { wanted_second_ = false; }
    void toward_second() noexcept { wanted_second_ = true; }
    /// Without a fade.
    void jump(bool second) noexcept {
        wanted_second_ = to_second_ = second;
        position_ = second ? length_ : 0;
    }
    void restart() noexcept {
        wanted_second_ = false;
        position_ = 0;
    }

    bool only_first() const noexcept { return !wanted_second_ && position_ == 0; }
    bool only_second() const noexcept { return wanted_second_ && position_ == length_; }

    /// Moves on by as many frames as there are gains.
    void advance(std::span<float> gains) noexcept {
        for (float &gain : gains) {
            const float x = static_cast<float>(position_) / static_cast<float>(length_);
            gain = x * x * (3.0f - 2.0f * x);
            if (position_ == 0 || position_ == length_)
                to_second_ = wanted_second_;
            position_ = to_second_ ? std::min(position_ + 1, length_) : std::max(position_ - 1, 0);
        }
    }

  private:
    /// Whole grid steps: a fade that starts on the grid ends on it.
    static int whole_steps(double sample_rate_hz) {
        return dsp::kGridFrames * static_cast<int>(std::ceil(kCrossFade_ms * 1e-3 * sample_rate_hz /
                                                             dsp::kGridFrames));
    }

    int length_;
    int position_;
    bool wanted_second_;
    bool to_second_; ///< of the fade under way
};

/// first becomes the mix of both. Where a gain is 0 or 1 the result is one of the two, bit for bit.
inline void mix(dsp::AudioBlock first, dsp::AudioBlock second, const FadeGains &gains) noexcept {
    for (int c = 0; c < first.channel_count; ++c) {
        float *a = first.channels[c];
        const float *b = second.channels[c];
        for (int i = 0; i < first.frames; ++i) {
            const float gain = gains[static_cast<std::size_t>(i)];
            const float mixed = a[i] + gain * (b[i] - a[i]);
            a[i] = gain <= 0.0f ? a[i] : gain >= 1.0f ? b[i] : mixed;
        }
    }
}

/// Where a gain is 1 the signal stays as it is, bit for bit.
inline void scale(dsp::AudioBlock block, const FadeGains &gains) noexcept {
    for (int c = 0; c < block.channel_count; ++c)
        for (int i = 0; i < block.frames; ++i)
            block.channels[c][i] *= gains[static_cast<std::size_t>(i)];
}

inline void copy(dsp::AudioBlock from, dsp::AudioBlock to) noexcept {
    for (int c = 0; c < from.channel_count; ++c)
        for (int i = 0; i < from.frames; ++i)
            to.channels[c][i] = from.channels[c][i];
}

} // namespace headroom::engine
