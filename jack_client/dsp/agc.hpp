// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

namespace headroom::dsp {

/// Slow gain that steers short-term loudness to a target and holds still in silence.
class Agc {
  public:
    struct Settings {
        float target_lufs = -18.0f;
        float max_boost_db = 9.0f;
        float max_cut_db = 15.0f;
        float attack_db_per_s = 6.0f;  ///< fastest fall of the gain
        float release_db_per_s = 1.5f; ///< fastest rise of the gain
        float gate_lufs = -50.0f;      ///< momentary loudness under which the gain is held
    };

    explicit Agc(double sample_rate_hz);

    /// Takes effect at the next grid step. Real-time safe.
    void set(const Settings &settings) noexcept;

    /// One step of the grid, before the audio of that grid period: loudness at the AGC's input.
    void step(float momentary_lufs, float short_term_lufs) noexcept;

    /// Applies the gain in place, moving along a straight line to the value of the last step().
    void process(AudioBlock block) noexcept;

    /// Silence gives silence and changes nothing, until settings change. Between grid periods.
    /// Real-time safe.
    bool is_at_rest() const noexcept;

    float gain_db() const noexcept;
    void reset() noexcept;

  private:
    double sample_rate_hz_;
    Settings settings_;
    float gain_db_ = 0.0f;
    float start_lin_ = 1.0f;     ///< gain at the last grid step
    float increment_lin_ = 0.0f; ///< per frame until the next grid step
    int position_ = 0;           ///< frames since the last grid step
};

} // namespace headroom::dsp
