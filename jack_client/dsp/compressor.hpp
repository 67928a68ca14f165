// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <memory>

namespace headroom::dsp {

/// Feed-forward compressor in the log domain with a soft knee, with channels linked.
/// Design after D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor
/// Design", JAES 60(6), 2012.
class Compressor {
  public:
    enum class Detector { peak, rms };
    struct Settings {
        float threshold_dbfs = -20.0f;
        float ratio = 2.0f;
        float knee_db = 6.0f;
        float attack_ms = 10.0f;
        float release_ms = 200.0f;
        float makeup_db = 0.0f;
        bool auto_makeup = false;
        Detector detector = Detector::rms;
        float sidechain_highpass_hz = 60.0f; ///< 20 switches the filter off
        /// How far the level of each channel, in dB, is drawn to that of the loudest; at 100 all
        /// channels have one gain.
        float stereo_link_percent = 100.0f;
        float mix_percent = 100.0f;
    };

    /// sidechain_channels: of the signal that it listens to instead of its input; 0 for the input.
    /// Not real-time safe.
    Compressor(double sample_rate_hz, int channels, int sidechain_channels = 0);
    ~Compressor();
    Compressor(Compressor &&) noexcept;
    Compressor &operator=(Compressor &&) noexcept;

    /// Takes effect at the next grid step. Real-time safe.
    void set(const Settings &settings) noexcept;

    /// Processes in place, without latency.
    void process(AudioBlock block) noexcept;

    /// The same with a sidechain of as many frames, whose loudest channel gives all channels of the
    /// block one gain.
    void process(AudioBlock block, AudioBlock sidechain) noexcept;

    /// Silence gives silence and changes nothing, until settings change. Between grid periods.
    /// Real-time safe.
    bool is_at_rest() const noexcept;

    /// Static curve: gain in dB (0 or less) for a steady level, without makeup.
    static float gain_for_level_db(const Settings &settings, float level_dbfs) noexcept;

    /// Strongest gain reduction of any channel since the last call, in dB, 0 or less.
    float take_gain_reduction_db() noexcept;
    /// Of the channels on average, after the last block, makeup and mix included. Real-time safe.
    float gain_db() const noexcept;
    /// Goes on from the gain of another compressor of the same rate and channels, and from its
    /// levels where both hear as many channels; only the peak detector starts anew. Real-time safe.
    void adopt(const Compressor &other) noexcept;
    void reset() noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace headroom::dsp
