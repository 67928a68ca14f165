// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/sliding_minimum.hpp"

#include <vector>

namespace headroom::dsp {

/// Level of what is below about 500 Hz, held from one crest to the next. A limiter whose gain
/// follows it keeps still while a bass note swings, and stays free to recover fast from the rest.
/// The idea is that of x42 dpl (F. Adriaensen, R. Gareus); here on means of short groups of frames.
///
/// Every crest is held for a fixed time. The crest of a note that is too low for that is held until
/// the half wave after it ends, so that only such notes pay for the longer hold.
class BassDetector {
  public:
    /// Not real-time safe. hold_s: how long every crest is held.
    BassDetector(double hold_s, double sample_rate_hz, int channels);

    /// newest: for each channel the block's start in a history of at least past_frames(). Writes
    /// the held linear level over all channels. Real-time safe.
    void process(const float *const *newest, float *level_lin, int count) noexcept;

    /// Frames before a block that must be readable in front of it.
    int past_frames() const noexcept { return group_frames_; }

    /// Once silence fills the hold, it changes nothing but the time: skip() may stand for it.
    /// Between grid periods. Real-time safe.
    bool is_at_rest() const noexcept;
    /// As process() with that many frames of silence, while at rest. Real-time safe.
    void skip(int frames) noexcept;

    void reset() noexcept;

  private:
    /// Low-passed signal of a channel, and its crests from one sign change to the next.
    struct Channel {
        float low = 0.0f;
        float crest = 0.0f;          ///< of the half wave that runs now
        float previous_crest = 0.0f; ///< of the one before
        int groups = 0;              ///< of the half wave that runs now

        bool operator==(const Channel &) const = default;
        void advance(float next_low, int longest_half_wave) noexcept;
    };

    void finish_group(const float *const *newest, int end) noexcept;

    int group_frames_;
    float group_scale_;
    float share_; ///< of the one-pole low-pass, for each group
    int position_ = 0;
    float held_lin_ = 0.0f;
    int longest_half_wave_; ///< in groups
    std::vector<Channel> channels_;
    int groups_per_cycle_;
    int groups_in_cycle_ = 0;
    float cycle_highest_ = 0.0f;  ///< level of the current cycle
    float cycles_highest_ = 0.0f; ///< of the cycles before it that are held
    SlidingMinimum held_;         ///< of the negative level of cycles: its maximum
};

} // namespace headroom::dsp
