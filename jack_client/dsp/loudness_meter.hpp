// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace headroom::dsp {

/// Loudness by ITU-R BS.1770-5 and EBU Tech 3341/3342: momentary (400 ms), short-term (3 s),
/// integrated with both gates, loudness range. Readings change 100 times a second, at frames that
/// depend on the stream's frame count alone.
class LoudnessMeter {
  public:
    /// Reads where nothing is measured yet.
    static constexpr float kSilence_lufs = -120.0f;

    enum class Readings { all, momentary_and_short_term };

    /// Not real-time safe. weights: one BS.1770 channel weight for each channel (0 ignores it).
    /// Without all readings there is no memory for integrated loudness and range, which stay as
    /// they are before anything is measured.
    LoudnessMeter(double sample_rate_hz, std::span<const float> weights,
                  Readings readings = Readings::all);
    ~LoudnessMeter();
    LoudnessMeter(LoudnessMeter &&) noexcept;
    LoudnessMeter &operator=(LoudnessMeter &&) noexcept;

    /// Real-time safe; the block is only read.
    void process(AudioBlock block) noexcept;

    /// Silence changes nothing but the time: skip() may stand for it. Real-time safe.
    bool is_at_rest() const noexcept;
    /// As process() with that many frames of silence, while at rest. Real-time safe.
    void skip(int frames) noexcept;

    /// Readings since the start, and what the newest one adds: the weighted mean square of 10 ms.
    std::uint64_t updates() const noexcept;
    double newest_power() const noexcept;
    int frames_since_update() const noexcept;

    float momentary_lufs() const noexcept;
    float short_term_lufs() const noexcept;
    float max_momentary_lufs() const noexcept;  ///< since reset_integrated()
    float max_short_term_lufs() const noexcept; ///< since reset_integrated()
    /// Computed on call from a histogram; bounded work, real-time safe.
    float integrated_lufs() const noexcept;
    float loudness_range_lu() const noexcept;

    /// Integrated loudness and range leave out all that was heard up to here and in this reading,
    /// and keep what they have. The maxima do not. Real-time safe.
    void leave_out() noexcept;
    /// Starts integrated loudness, range and maxima anew. Real-time safe.
    void reset_integrated() noexcept;
    /// Forgets everything. Real-time safe.
    void reset() noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace headroom::dsp
