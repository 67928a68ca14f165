// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <algorithm>

namespace headroom::dsp {

/// Highest value of at least the last `frames` frames, and of at most twice as many and a grid
/// period: kept as that of the current stretch of frames and that of the one before.
class RecentHighest {
  public:
    explicit RecentHighest(int frames)
        : stretch_frames_((frames + kGridFrames - 1) / kGridFrames * kGridFrames) {}

    /// The highest value, 0 or more, of the next count frames. Real-time safe.
    void add(float highest, int count) noexcept {
        position_ += count;
        if (position_ > stretch_frames_) {
            position_ = count;
            previous_ = current_;
            current_ = 0.0f;
        }
        current_ = std::max(current_, highest);
    }
    float value() const noexcept { return std::max(current_, previous_); }

    /// Frames since the start of a grid period, those of the last add() included.
    int position() const noexcept { return position_; }

    void reset() noexcept {
        current_ = 0.0f;
        previous_ = 0.0f;
        position_ = 0;
    }

  private:
    int stretch_frames_; ///< whole grid periods
    int position_ = 0;   ///< frames of the current stretch
    float current_ = 0.0f;
    float previous_ = 0.0f;
};

} // namespace headroom::dsp
