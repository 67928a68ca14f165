// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/sliding_minimum.hpp"

#include <vector>

namespace headroom::dsp {

/// Level of what is below about 500 Hz, held from one crest to the next. A limiter whose gain
/// follows it keeps still while a bass note swings, and stays free to recover fast from the rest.
/// The idea is that of x42 dpl (F. Adriaensen, R. Gareus); here on means of short groups of frames.
class BassDetector {
  public:
    /// Not real-time safe. hold_s: half a period of the lowest note that is to be held.
    BassDetector(double hold_s, double sample_rate_hz, int channels);

    /// newest: for each channel the block's start in a history of at least past_frames(). Writes
    /// the held linear level over all channels. Real-time safe.
    void process(const float *const *newest, float *level_lin, int count) noexcept;

    /// Frames before a block that must be readable in front of it.
    int past_frames() const noexcept { return group_frames_; }

    /// Silence changes nothing that matters. Between grid periods. Real-time safe.
    bool is_at_rest() const noexcept;

    void reset() noexcept;

  private:
    void finish_group(const float *const *newest, int end) noexcept;

    int group_frames_;
    float group_scale_;
    float share_; ///< of the one-pole low-pass, for each group
    int position_ = 0;
    float held_lin_ = 0.0f;
    std::vector<float> low_;
    SlidingMinimum held_; ///< of the negative level: its maximum
};

} // namespace headroom::dsp
