// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace headroom::app {

inline constexpr double kDemoSeconds = 24.0;

/// A generated stereo programme that shows what headroom does, the same on every run, and without
/// a seam when looped: first a loud chorus whose true peaks are several dB over full scale, then a
/// quiet passage that the AGC raises, speech-like bursts that the compressor levels, and hard
/// transients for the limiter. Two vectors of kDemoSeconds at the given rate. Not real-time safe.
std::vector<std::vector<float>> demo_programme(double sample_rate_hz);

} // namespace headroom::app
