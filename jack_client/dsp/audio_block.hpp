// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <bit>
#include <cstdint>

namespace headroom::dsp {

/// Everything in the engine that moves in steps moves on a grid of this many frames, counted from
/// the stream's own frame counter.
inline constexpr int kGridFrames = 32;

/// Most channels of anything in this folder.
inline constexpr int kMaxChannels = 64;

/// A view of channels x frames samples, processed in place. At most kGridFrames frames, and never
/// across a grid boundary.
struct AudioBlock {
    float *const *channels = nullptr;
    int channel_count = 0;
    int frames = 0;
};

/// Nothing but zeros, of positive sign. Real-time safe.
inline bool is_silent(const float *samples, int frames) noexcept {
    if (frames > 0 && samples[frames - 1] != 0.0f)
        return false;
    std::uint32_t bits = 0;
    for (int i = 0; i < frames; ++i)
        bits |= std::bit_cast<std::uint32_t>(samples[i]);
    return bits == 0;
}

inline bool is_silent(AudioBlock block) noexcept {
    for (int c = 0; c < block.channel_count; ++c)
        if (!is_silent(block.channels[c], block.frames))
            return false;
    return true;
}

} // namespace headroom::dsp
