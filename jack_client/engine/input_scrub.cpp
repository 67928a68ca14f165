// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/input_scrub.hpp"

#include <bit>
#include <cstdint>

namespace headroom::engine {

// On the bits of the numbers, because there magnitudes order as integers do and subnormal numbers
// stay what they are while the processor flushes them to zero.
void scrub(const float *from, float *to, int frames) noexcept {
    constexpr std::int32_t kMagnitude = 0x7fffffff;
    constexpr std::int32_t kInfinity = 0x7f800000;
    constexpr std::int32_t kMaximum = std::bit_cast<std::int32_t>(kMaximumInput_lin);
    for (int i = 0; i < frames; ++i) {
        const auto bits = std::bit_cast<std::int32_t>(from[i]);
        const std::int32_t magnitude = bits & kMagnitude;
        const std::int32_t clamped = magnitude < kMaximum ? magnitude : kMaximum;
        const std::int32_t finite = magnitude < kInfinity ? -1 : 0;
        to[i] = std::bit_cast<float>(((bits & ~kMagnitude) | clamped) & finite);
    }
}

} // namespace headroom::engine
