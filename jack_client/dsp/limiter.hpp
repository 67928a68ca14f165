// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"
#include "jack_client/dsp/peak_kernels.hpp"

#include <cstdint>
#include <memory>

namespace headroom::dsp {

/// How much lookahead the limiter has: more gives cleaner bass and later sound.
enum class LimiterMode { low, normal, quality };

/// Two-tier true-peak limiter: the audio is only delayed and multiplied by one gain for all
/// channels. Below threshold the output is the input, bit for bit, latency_frames() later.
///
/// Configuration allocates; everything that is noexcept is real-time safe. The output does not
/// depend on how the stream is cut into blocks.
class Limiter {
  public:
    /// Not real-time safe. sample_rate_hz 8000..384000, channels 1..64. The output is the same bits
    /// with every instruction set.
    Limiter(LimiterMode mode, double sample_rate_hz, int channels,
            InstructionSet instruction_set = best_instruction_set());
    ~Limiter();
    Limiter(Limiter &&) noexcept;
    Limiter &operator=(Limiter &&) noexcept;

    /// 72, 264 or 480 frames at 48 kHz, the same time at other rates.
    int latency_frames() const noexcept;

    /// Hard tier: what the true peak of the output never exceeds. -20..0 dBTP.
    void set_ceiling_db(float ceiling_dbtp) noexcept;
    /// Time constant of recovery, 1..1000 ms.
    void set_release_ms(float release_ms) noexcept;
    /// Soft tier: ceiling of programme loudness + max_plr_lu, never above the hard ceiling.
    void set_soft_tier(bool on, float max_plr_lu) noexcept;
    /// Short-term loudness of the limiter's input. Under -70 LUFS counts as not yet known, and the
    /// soft tier then uses the hard ceiling.
    void set_programme_loudness(float short_term_lufs) noexcept;

    /// Takes over what the soft tier of a limiter that this one replaces has learnt: its ceiling as
    /// it stands and the programme loudness. Settings and audio stay. Real-time safe; between
    /// grid periods, before the first process().
    void adopt(const Limiter &previous) noexcept;

    /// Processes in place.
    void process(AudioBlock block) noexcept;

    /// Silence, once it fills the delay, gives silence and changes nothing but the time, until
    /// settings change: skip() may stand for it. Between grid periods. Real-time safe.
    bool is_at_rest() const noexcept;
    /// As process() with whole grid periods of silence, while at rest. Real-time safe.
    void skip(int frames) noexcept;

    /// Forgets the audio, keeps the settings. Real-time safe.
    void reset() noexcept;

    /// Lowest gain applied since the last call, in dB, 0 or less.
    float take_gain_reduction_db() noexcept;
    /// Lowest gain that the soft tier alone asked for since the last call, in dB, 0 or less.
    float take_soft_gain_reduction_db() noexcept;
    /// Frames in which the hard tier asked for less than unity gain, since construction or reset.
    std::uint64_t hard_frames() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace headroom::dsp
