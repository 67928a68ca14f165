// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/material.hpp"
#include "tests/bench/measurement.hpp"

namespace headroom::bench {

/// What the limiter promises, kept or not over the whole material, in one mode at one sample rate
/// with one number of channels. Synthesised material is the same samples at every rate, so that
/// frequencies are the same share of it and all meters read as they do at 48 kHz; music is
/// resampled to the rate.
struct Contract {
    std::string mode;
    double rate_hz = 0.0;
    int channels = 0;
    Overshoot tonal; ///< everything synthesised but noise
    Overshoot noise;
    std::optional<Overshoot> music, loud_music; ///< raised by 9 and by 18 dB, stereo only
    bool is_one_result = true;                  ///< bit-identical, however the stream is cut
    bool is_untouched = true;                   ///< under the ceiling the input, bit for bit
    int latency_said_frames = 0;
    int latency_measured_frames = 0;
};

/// Every mode, at 44.1 to 192 kHz, one, two, six and eight channels.
std::vector<Contract> measure_contracts(Extent extent, const std::filesystem::path &music_folder);

} // namespace headroom::bench
