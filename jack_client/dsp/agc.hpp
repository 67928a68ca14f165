// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"
#include "jack_client/dsp/event_gain.hpp"
#include "jack_client/dsp/loudness_history.hpp"
#include "jack_client/dsp/programme_loudness.hpp"

#include <array>
#include <cstdint>

namespace headroom::dsp {

class LoudnessMeter;

/// Brings the programme to a target: a slow gain for the programme, held over pauses, and a fast
/// one for sudden sounds. No latency.
class Agc {
  public:
    struct Settings {
        float target_lufs = -18.0f;
        float max_boost_db = 9.0f;
        float max_cut_db = 15.0f;
        float attack_db_per_s = 6.0f;  ///< fall of the gain for programme
        float release_db_per_s = 1.5f; ///< rise of the gain for programme near the target
        float gate_lufs = -50.0f;      ///< momentary loudness under which nothing is programme
        float max_event_lu = 7.0f;     ///< a sudden sound over the programme
    };

    explicit Agc(double sample_rate_hz);

    /// Takes effect at the next step. Real-time safe.
    void set(const Settings &settings) noexcept;

    /// One step of the grid, before the audio of that grid period. `input` is of the AGC's input,
    /// later_gain_db what the compressor behind the AGC does now. Real-time safe.
    void step(const LoudnessMeter &input, float later_gain_db) noexcept;

    /// Applies the gain in place. Real-time safe.
    void process(AudioBlock block) noexcept;

    /// Of programme and event. Real-time safe.
    float gain_db() const noexcept { return slow_db_ - taken_over_db_ - event_.cut_db(); }
    /// Of the programme alone. Real-time safe.
    float programme_gain_db() const noexcept { return slow_db_; }
    const ProgrammeLoudness &programme() const noexcept { return programme_; }
    void reset() noexcept;

  private:
    using Passage = ProgrammeLoudness::Passage;
    void update(double mean_square, float later_gain_db) noexcept;
    void move(float momentary_lufs) noexcept;
    void pause(float momentary_lufs) noexcept;
    void take_over(float momentary_lufs, float later_gain_db) noexcept;
    void hear_later_gain(double mean_square, float later_gain_db) noexcept;
    float later_db() const noexcept;
    float heard_lufs() const noexcept;

    double sample_rate_hz_;
    Settings settings_;
    float target_lufs_ = 0.0f; ///< on its way to the settings'
    LoudnessHistory history_;
    ProgrammeLoudness programme_;
    EventGain event_;
    float slow_db_ = 0.0f;
    float taken_over_db_ = 0.0f; ///< from the compressor in a fade
    int paused_steps_ = 0;
    double power_before_ = 0.0; ///< of the programme, lately, ahead of the compressor
    double power_after_ = 0.0;  ///< and behind it
    std::uint64_t updates_ = 0; ///< of the input's meter that have been heard
    bool started_ = false;      ///< updates_ is of this meter

    int spline_frames_;                                ///< from one update to the next, at least
    std::array<float, 3> gains_lin_{1.0f, 1.0f, 1.0f}; ///< of the last updates, the newest last
    int position_ = 0;                                 ///< frames since the last update
};

} // namespace headroom::dsp
