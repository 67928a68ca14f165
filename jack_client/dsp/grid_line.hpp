// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

namespace headroom::dsp {

/// A value that moves along a straight line during a grid period. Real-time safe.
struct GridLine {
    float start = 0.0f;
    float end = 0.0f;
    void start_period(float target) noexcept {
        start = end;
        end = target;
    }
    void jump() noexcept { start = end; }
    float at(int position) const noexcept {
        return start + (end - start) * (static_cast<float>(position) / kGridFrames);
    }
};

} // namespace headroom::dsp
