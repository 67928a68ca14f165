// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/dsp/loudness_histogram.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/engine/stage.hpp"

namespace headroom::engine {

/// How much louder a stage makes the programme: short-term loudness behind it less that ahead of
/// it. Pauses leave it as it is. Real-time safe once constructed.
class LoudnessChange {
  public:
    explicit LoudnessChange(const StageSetup &setup)
        : before_(meter(setup)), after_(meter(setup)) {}

    /// The blocks are only read.
    void before(dsp::AudioBlock block) noexcept { before_.process(block); }
    void after(dsp::AudioBlock block) noexcept { after_.process(block); }

    /// In LU; 0 until there has been programme.
    float newest_lu() noexcept {
        if (before_.momentary_lufs() > dsp::kAbsoluteGate_lufs &&
            after_.momentary_lufs() > dsp::kAbsoluteGate_lufs)
            newest_lu_ = after_.short_term_lufs() - before_.short_term_lufs();
        return newest_lu_;
    }

    /// As Stage::is_at_rest(), skip() and reset().
    bool is_at_rest() const noexcept { return before_.is_at_rest() && after_.is_at_rest(); }
    void skip(int frames) noexcept {
        before_.skip(frames);
        after_.skip(frames);
    }
    void reset() noexcept {
        before_.reset();
        after_.reset();
        newest_lu_ = 0.0f;
    }

  private:
    static dsp::LoudnessMeter meter(const StageSetup &setup) {
        return {setup.sample_rate_hz, loudness_weights(setup.channels),
                dsp::LoudnessMeter::Readings::momentary_and_short_term};
    }

    dsp::LoudnessMeter before_;
    dsp::LoudnessMeter after_;
    float newest_lu_ = 0.0f;
};

} // namespace headroom::engine
