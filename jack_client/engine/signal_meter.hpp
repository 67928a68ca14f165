// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/registry.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/dsp/true_peak_meter.hpp"
#include "jack_client/engine/stage.hpp"

namespace headroom::engine {

/// Which meters of the registry a SignalMeter writes.
struct SignalMeterIds {
    MeterId momentary, short_term, integrated, loudness_range, true_peak, max_true_peak;
};

/// Loudness and true peak at one point of a bus. Real-time safe once constructed.
class SignalMeter {
  public:
    SignalMeter(const SignalMeterIds &ids, double sample_rate_hz, const ChannelLayout &channels);

    /// The block is only read. What does not count changes nothing that runs since reset().
    void process(dsp::AudioBlock block, bool counts = true) noexcept;

    /// Once silence has gone through for a second: skip() may stand for process() with silence.
    bool is_at_rest() const noexcept { return loudness_.is_at_rest(); }
    void skip(int frames) noexcept { loudness_.skip(frames); }

    const dsp::LoudnessMeter &loudness() const noexcept { return loudness_; }

    /// Writes its meters; the true peak is the highest since the last start_interval().
    void read(MeterValues &meters) noexcept;
    void start_interval() noexcept { peak_lin_ = 0.0f; }

    /// Starts integrated loudness, range and maxima anew.
    void reset() noexcept;

  private:
    void gather_peaks() noexcept;

    SignalMeterIds ids_;
    dsp::LoudnessMeter loudness_;
    dsp::TruePeakMeter true_peak_;
    float peak_lin_ = 0.0f;     ///< of the interval
    float max_peak_lin_ = 0.0f; ///< since reset(), of what counts
    bool counts_ = true;        ///< what was processed last
};

} // namespace headroom::engine
