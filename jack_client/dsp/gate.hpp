// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <memory>

namespace headroom::dsp {

/// Downward expander or gate: feed-forward, no latency, one gain for all channels.
///
/// Levels are magnitudes of single samples, the highest over all channels; a sine of amplitude 1
/// has 0 dBFS. The gate is open, with a gain of exactly 1, from the sample that reaches the
/// threshold until no sample has reached threshold - hysteresis for the hold time. While it is
/// closed, the output falls by `ratio` dB for each dB that the level of the last 10 ms lies under
/// the threshold, by `range` at most. The linear gain follows exponentially. A gate that starts is
/// open.
/// After U. Zölzer (ed.), "DAFX: Digital Audio Effects", 2nd ed., Wiley 2011, section 4.2.
class Gate {
  public:
    struct Settings {
        float threshold_dbfs = -50.0f;
        float ratio = 4.0f;        ///< 1 or more; from 20 on it is a gate for the ear
        float range_db = 40.0f;    ///< most attenuation, 0 or more
        float attack_ms = 1.0f;    ///< time constant with which the gain rises
        float hold_ms = 50.0f;     ///< 10 or more
        float release_ms = 100.0f; ///< time constant with which the gain falls
        float hysteresis_db = 4.0f;
        float sidechain_highpass_hz = 20.0f; ///< 20 switches the filter off
        bool operator==(const Settings &) const = default;
    };

    /// Not real-time safe.
    Gate(double sample_rate_hz, int channels);
    ~Gate();
    Gate(Gate &&) noexcept;
    Gate &operator=(Gate &&) noexcept;

    /// Takes effect at the next grid step. Real-time safe.
    void set(const Settings &settings) noexcept;

    /// Processes in place, without latency.
    void process(AudioBlock block) noexcept;

    /// Silence gives silence and changes nothing, until settings change. Between grid periods.
    /// Real-time safe.
    bool is_at_rest() const noexcept;

    /// Static curve of the closed gate: gain in dB (0 or less) for a steady level.
    static float gain_for_level_db(const Settings &settings, float level_dbfs) noexcept;

    /// Strongest gain reduction since the last call, that of the moment included, in dB, 0 or less.
    float take_gain_reduction_db() noexcept;
    /// Goes on from the gain and the levels of another gate of the same rate and channels.
    /// Real-time safe.
    void adopt(const Gate &other) noexcept;
    void reset() noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace headroom::dsp
