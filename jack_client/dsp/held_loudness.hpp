// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/loudness_history.hpp"

#include <cstdint>

namespace headroom::dsp {

class LoudnessMeter;

/// Loudness of the programme that the ceiling of the soft tier is relative to. Silence and steady
/// noise leave it as it is; before anything has played it is a usual level. Real-time safe.
class HeldLoudness {
  public:
    /// Follows the meter's readings since the last call, down to the floor.
    void follow(const LoudnessMeter &meter, float usual_lufs, float floor_lufs) noexcept;

    float lufs() const noexcept { return held_lufs_; }
    /// More silence changes nothing, if the meter is at rest too.
    bool is_at_rest() const noexcept { return !is_known_ || quiet_steps_ > kHold; }

  private:
    static constexpr int kHold = loudness_steps(4.0); ///< quiet for longer is a quieter programme

    void step(double mean_square, float floor_lufs) noexcept;

    LoudnessHistory history_;
    float held_lufs_ = 0.0f;
    bool is_known_ = false; ///< something has played
    int quiet_steps_ = 0;
    std::uint64_t updates_ = 0; ///< of the meter that have been followed
};

} // namespace headroom::dsp
