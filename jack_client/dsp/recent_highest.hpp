// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace headroom::dsp {

/// Highest value of at least the last `frames` frames, kept for whole grid periods.
class RecentHighest {
  public:
    /// Not real-time safe.
    explicit RecentHighest(int frames)
        : periods_(static_cast<std::size_t>(frames / kGridFrames + 2), 0.0f) {}

    /// The highest value, 0 or more, of the next count frames. Real-time safe.
    void add(float highest, int count) noexcept {
        position_ += count;
        if (position_ > kGridFrames) {
            position_ = count;
            now_ = now_ + 1 == periods_.size() ? 0 : now_ + 1;
            periods_[now_] = 0.0f;
        }
        periods_[now_] = std::max(periods_[now_], highest);
    }
    float value() const noexcept { return *std::max_element(periods_.begin(), periods_.end()); }

    void reset() noexcept { std::fill(periods_.begin(), periods_.end(), 0.0f); }

  private:
    std::vector<float> periods_;
    std::size_t now_ = 0;
    int position_ = 0; ///< frames in the period that runs now
};

} // namespace headroom::dsp
