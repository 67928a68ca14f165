// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <cstddef>
#include <vector>

namespace headroom::engine {

/// Exact copy of a signal, a fixed number of frames later. Real-time safe once constructed.
class DelayLine {
  public:
    /// Not real-time safe.
    DelayLine(int delay_frames, int channels);

    void push(dsp::AudioBlock block) noexcept;

    /// The delayed counterpart of the block that was pushed last, which had as many frames; or what
    /// comes so many frames later, at most the delay.
    void read(dsp::AudioBlock block, int later_frames = 0) const noexcept;

  private:
    std::size_t delay_;
    std::size_t capacity_; ///< of each channel, a power of two
    std::size_t next_ = 0; ///< frames pushed so far
    std::vector<float> samples_;
};

} // namespace headroom::engine
