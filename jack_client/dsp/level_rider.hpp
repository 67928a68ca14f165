// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

namespace headroom::dsp {

/// Rides the level of one programme towards a target by lowering it, as a hand on a fader does:
/// never above where it stands, with no latency, and held through pauses.
///
/// Two paths each ask for a cut: the RMS level (300 ms) over the target, and the peak level (which
/// falls 20 dB in a second) over the highest peak wanted. The larger of the two, no more than the
/// maximum, is approached exponentially in dB with the attack or the release time. A grid step
/// under kPause_dbfs is a pause: it changes neither level nor cut, so that what follows begins with
/// the cut that it had. The gain moves on the grid. Real-time safe but for construction.
class LevelRider {
  public:
    /// RMS level under which a grid step is a pause.
    static constexpr float kPause_dbfs = -60.0f;

    struct Settings {
        float target_dbfs = -20.0f; ///< RMS level that louder programme is brought down to
        float peak_dbfs = -6.0f;    ///< peak level that higher peaks are brought down to
        float attack_ms = 50.0f;    ///< time constant with which the cut grows
        float release_ms = 2000.0f; ///< time constant with which the cut shrinks
        float max_cut_db = 20.0f;
    };

    explicit LevelRider(double sample_rate_hz);

    void set(const Settings &settings) noexcept;

    /// Hears the block, which is only read; gain_lin: what it is played with.
    void listen(AudioBlock block, float gain_lin) noexcept;

    /// At every grid boundary: takes in what was heard since the last one. Returns the gain that
    /// holds from here, in dB, 0 or less.
    float step() noexcept;

    float cut_db() const noexcept { return cut_db_; } ///< 0 or more
    float rms_dbfs() const noexcept;                  ///< of the loudest channel, gain included

    /// Forgets the programme, keeps the settings.
    void reset() noexcept;

  private:
    double steps_per_ms_;
    float rms_share_;     ///< of the distance to the mean square of a step
    float peak_fall_lin_; ///< factor in a step
    float attack_share_ = 1.0f;
    float release_share_ = 1.0f;
    Settings settings_;

    float energies_[kMaxChannels]{}; ///< of each channel, sums of squares since the last step
    int channels_ = 0;
    int frames_ = 0;
    float heard_peak_lin_ = 0.0f; ///< since the last step

    float mean_square_ = 0.0f;
    float peak_lin_ = 0.0f;
    float cut_db_ = 0.0f;
};

} // namespace headroom::dsp
