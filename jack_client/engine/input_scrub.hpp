// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom::engine {

/// Nothing louder than this enters a bus: +60 dBFS.
inline constexpr float kMaximumInput_lin = 1000.0f;

/// Copies samples into the engine: NaN and infinities become 0, magnitudes over kMaximumInput_lin
/// are clamped, everything else stays as it is, bit for bit. Real-time safe.
void scrub(const float *from, float *to, int frames) noexcept;

} // namespace headroom::engine
