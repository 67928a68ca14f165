// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <cstddef>
#include <vector>

namespace headroom::engine {

/// Memory for channels x frames samples that does not move once constructed.
class AudioBuffer {
  public:
    /// Not real-time safe.
    explicit AudioBuffer(int channels, int frames = dsp::kGridFrames)
        : samples_(static_cast<std::size_t>(channels) * static_cast<std::size_t>(frames)) {
        for (int c = 0; c < channels; ++c)
            channels_.push_back(samples_.data() + std::ptrdiff_t{c} * frames);
    }
    AudioBuffer(AudioBuffer &&) noexcept = default;
    AudioBuffer &operator=(AudioBuffer &&) noexcept = default;

    int channel_count() const noexcept { return static_cast<int>(channels_.size()); }
    float *const *channels() noexcept { return channels_.data(); }
    dsp::AudioBlock first(int frames) noexcept {
        return {channels_.data(), channel_count(), frames};
    }

  private:
    std::vector<float> samples_;
    std::vector<float *> channels_;
};

} // namespace headroom::engine
