// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

namespace headroom::test {

// What routing_tool plays: a ramp on top of a level, so that each frame tells what was done to it
// and whether it follows the one before. All values are exact in single precision, also times the
// bus's gain.
inline constexpr float kLevel = 0.25f;
inline constexpr float kStep = 0x1p-20f;
inline constexpr int kRampFrames = 4096;
inline constexpr float kBusGain = -0.5f;

enum Kind { silence, raw, processed, both, other, kind_count };
inline constexpr std::array<const char *, kind_count> kKindNames{"silence", "raw", "processed",
                                                                 "both", "other"};

/// What was done to a sample. ceiling_lin: the highest that a limiter lets pass, whatever is
/// played; 0 where the bus only has its gain.
inline Kind kind_of(float value, float ceiling_lin) {
    constexpr float kMargin = 1e-4f;
    constexpr float kRange = kRampFrames * kStep;
    const auto between = [&](float low, float high) {
        return value > low - kMargin && value < high + kMargin;
    };
    if (between(0.0f, 0.0f))
        return silence;
    if (between(kLevel, kLevel + kRange))
        return raw;
    if (ceiling_lin > 0.0f) {
        if (between(-ceiling_lin, ceiling_lin))
            return processed;
        return between(kLevel, kLevel + kRange + ceiling_lin) ? both : other;
    }
    if (between(kBusGain * (kLevel + kRange), kBusGain * kLevel))
        return processed;
    if (between(kLevel + kBusGain * (kLevel + kRange), kLevel + kRange + kBusGain * kLevel))
        return both;
    return other;
}

} // namespace headroom::test
