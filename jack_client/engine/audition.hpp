// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/registry.hpp"
#include "jack_client/dsp/limiter.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/chain.hpp"
#include "jack_client/engine/cross_fade.hpp"
#include "jack_client/engine/loudness_match.hpp"

namespace headroom::engine {

/// What a bus plays instead of the output of its chain: the unprocessed signal as it is (bypass),
/// the same at the loudness of the processed one (matched bypass), or what processing takes away
/// (the difference). All of them cross-fade. Belongs to the process thread: everything but
/// construction is real-time safe.
///
/// The last two go through a limiter of their own, which holds the ceiling. The unprocessed signal
/// enters it early by as much as it delays, and so keeps the latency of the chain; the difference
/// comes later by that (72 frames at 48 kHz).
class Audition {
  public:
    /// What the parameters ask for from the start is played from the start.
    Audition(double sample_rate_hz, const ChannelLayout &channels, const ParameterValues &values,
             bool bypass_all);

    /// New values, at any frame.
    void set(const ParameterValues &values, bool bypass_all) noexcept;

    /// At every grid boundary. `input` measures the input of the chain.
    void step(const dsp::LoudnessMeter &input) noexcept;

    /// The output of the chain is all that is played, and nothing else is computed.
    bool is_idle() const noexcept { return plays_output() && !limits_ && !measures_; }
    /// The output of the chain is all that is played.
    bool plays_output() const noexcept { return bypass_.only_first() && limited_.only_first(); }

    /// The block that the chain had last becomes what is played. It never crosses a grid boundary.
    void process(dsp::AudioBlock block, Chain &chain) noexcept;

    /// As Stage::is_at_rest() and Stage::skip().
    bool is_at_rest() const noexcept;
    void skip(int frames) noexcept;

  private:
    void start_or_stop() noexcept;
    void limit(dsp::AudioBlock output, dsp::AudioBlock dry, Chain &chain) noexcept;

    bool wants_bypass_ = false;
    bool wants_matched_ = false; ///< bypass/matched is on, with a bypass or without
    bool wants_limited_ = false; ///< what goes through the limiter is to be played
    CrossFade bypass_;           ///< from the output to the unprocessed signal
    CrossFade limited_;          ///< from there to what comes out of the limiter
    CrossFade source_;           ///< of the limiter: from the difference to the matched signal
    bool limits_;                ///< the limiter runs
    bool measures_;              ///< the loudness of the output is measured
    int filling_frames_ = 0;     ///< until all that leaves the limiter has been through it
    dsp::Limiter limiter_;
    dsp::LoudnessMeter output_;
    LoudnessMatch match_;
    AudioBuffer dry_;
    AudioBuffer early_;
    AudioBuffer limited_audio_;
};

} // namespace headroom::engine
