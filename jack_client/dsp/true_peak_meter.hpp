// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <memory>

namespace headroom::dsp {

/// True peak over all channels by interpolation (ITU-R BS.1770-5, annex 2).
class TruePeakMeter {
  public:
    /// Not real-time safe.
    TruePeakMeter(double sample_rate_hz, int channels);
    ~TruePeakMeter();
    TruePeakMeter(TruePeakMeter &&) noexcept;
    TruePeakMeter &operator=(TruePeakMeter &&) noexcept;

    /// Real-time safe; the block is only read.
    void process(AudioBlock block) noexcept;

    /// Highest linear magnitude since the last call. Real-time safe.
    float take_peak_lin() noexcept;
    void reset() noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace headroom::dsp
