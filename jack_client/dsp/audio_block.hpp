// SPDX-License-Identifier: MPL-2.0
#pragma once

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

/// Nothing but zeros. Real-time safe.
inline bool is_silent(const float *samples, int frames) noexcept {
    int sounds = 0;
    for (int i = 0; i < frames; ++i)
        sounds |= samples[i] != 0.0f ? 1 : 0;
    return sounds == 0;
}

} // namespace headroom::dsp
