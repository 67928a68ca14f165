// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <algorithm>

namespace headroom::dsp {

/// Holds what is suddenly much louder than the programme, and lets go when it ends. It takes what
/// the slow gain cannot, and gives way as that one falls. Real-time safe.
class EventGain {
  public:
    /// One step of 10 ms. All loudness with the slow gain.
    ///   tenth_lufs, momentary_lufs   of the sound
    ///   programme_lufs               of the programme as it is heard
    ///   allowed_lu                   how much louder a sound may be
    void step(float tenth_lufs, float momentary_lufs, float programme_lufs,
              float allowed_lu) noexcept {
        // A sound shorter than the ear takes to hear its loudness counts for less.
        const float level_lufs =
            std::max(tenth_lufs - kShort_lu, std::min(momentary_lufs, tenth_lufs));
        const float wanted_db = std::max(0.0f, level_lufs - programme_lufs - allowed_lu);
        cut_db_ = std::max(wanted_db, cut_db_ - kRelease_db_per_step);
    }
    float cut_db() const noexcept { return cut_db_; }

  private:
    static constexpr float kShort_lu = 4.0f;
    static constexpr float kRelease_db_per_step = 0.4f;
    float cut_db_ = 0.0f; ///< 0 or more
};

} // namespace headroom::dsp
