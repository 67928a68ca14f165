// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/delay_line.hpp"

#include <algorithm>
#include <bit>

namespace headroom::engine {

DelayLine::DelayLine(int delay_frames, int channels)
    : delay_(static_cast<std::size_t>(delay_frames)),
      capacity_(std::bit_ceil(delay_ + dsp::kGridFrames)),
      samples_(capacity_ * static_cast<std::size_t>(channels)) {}

void DelayLine::push(dsp::AudioBlock block) noexcept {
    const std::size_t frames = static_cast<std::size_t>(block.frames);
    const std::size_t at = next_ & (capacity_ - 1);
    const std::size_t before_wrap = std::min(frames, capacity_ - at);
    for (std::size_t c = 0; c < static_cast<std::size_t>(block.channel_count); ++c) {
        const float *from = block.channels[c];
        float *ring = samples_.data() + c * capacity_;
        std::copy_n(from, before_wrap, ring + at);
        std::copy_n(from + before_wrap, frames - before_wrap, ring);
    }
    next_ += frames;
}

void DelayLine::read(dsp::AudioBlock block, int later_frames) const noexcept {
    const std::size_t frames = static_cast<std::size_t>(block.frames);
    const std::size_t delay = delay_ - static_cast<std::size_t>(later_frames);
    const std::size_t at = (next_ - frames - delay) & (capacity_ - 1);
    const std::size_t before_wrap = std::min(frames, capacity_ - at);
    for (std::size_t c = 0; c < static_cast<std::size_t>(block.channel_count); ++c) {
        const float *ring = samples_.data() + c * capacity_;
        float *to = block.channels[c];
        std::copy_n(ring + at, before_wrap, to);
        std::copy_n(ring, frames - before_wrap, to + before_wrap);
    }
}

} // namespace headroom::engine
