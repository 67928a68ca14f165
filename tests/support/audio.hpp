// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <vector>

/// Signals and a way to run DSP objects over them.
namespace headroom::test {

using Channel = std::vector<float>;
using Audio = std::vector<Channel>; ///< [channel][frame], all of one length

inline double amplitude(double level_db) {
    return std::pow(10.0, level_db / 20.0);
}

inline double level_db(double amplitude_lin) {
    return 20.0 * std::log10(std::max(amplitude_lin, 1e-30));
}

/// The same sequence on every machine, unlike the distributions of the standard library.
class Random {
  public:
    explicit Random(std::uint64_t seed = 1) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
    std::uint32_t bits() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::uint32_t>(state_ >> 32);
    }
    /// 0 up to 1.
    double unit() { return bits() / 4294967296.0; }
    double between(double low, double high) { return low + (high - low) * unit(); }

  private:
    std::uint64_t state_;
};

inline Channel sine(double frequency_hz, double peak_db, double seconds, double sample_rate_hz,
                    double phase = 0.0) {
    Channel x(static_cast<std::size_t>(std::lround(seconds * sample_rate_hz)));
    const double step = 2.0 * std::numbers::pi * frequency_hz / sample_rate_hz;
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(amplitude(peak_db) *
                                  std::sin(phase + step * static_cast<double>(i)));
    return x;
}

inline Channel noise(double peak_db, double seconds, double sample_rate_hz, std::uint64_t seed) {
    Channel x(static_cast<std::size_t>(std::lround(seconds * sample_rate_hz)));
    Random random(seed);
    for (float &v : x)
        v = static_cast<float>(amplitude(peak_db) * random.between(-1.0, 1.0));
    return x;
}

inline void append(Channel &to, const Channel &tail) {
    to.insert(to.end(), tail.begin(), tail.end());
}

/// Raised-cosine fades at both ends.
inline Channel faded(Channel x, double seconds, double sample_rate_hz) {
    const auto n = static_cast<std::size_t>(seconds * sample_rate_hz);
    for (std::size_t i = 0; i < n && i < x.size(); ++i) {
        const double w = 0.5 - 0.5 * std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) /
                                              static_cast<double>(n));
        x[i] = static_cast<float>(w * static_cast<double>(x[i]));
        x[x.size() - 1 - i] = static_cast<float>(w * static_cast<double>(x[x.size() - 1 - i]));
    }
    return x;
}

/// How a stream is cut into blocks. Blocks never cross the grid.
struct Cut {
    int longest = dsp::kGridFrames;
    bool random = false; ///< lengths from 1 to longest
};

/// Calls process for every block, with step before the block that starts each grid period. Audio is
/// changed in place.
inline void run(Audio &audio, const std::function<void(dsp::AudioBlock)> &process, Cut cut = {},
                const std::function<void(std::size_t frame)> &step = {}) {
    const std::size_t frames = audio.empty() ? 0 : audio.front().size();
    std::vector<float *> channels(audio.size());
    Random random(99);
    for (std::size_t at = 0; at < frames;) {
        if (at % dsp::kGridFrames == 0 && step)
            step(at);
        std::size_t count = dsp::kGridFrames - at % dsp::kGridFrames;
        count = std::min({count, frames - at, static_cast<std::size_t>(cut.longest)});
        if (cut.random)
            count = 1 + random.bits() % count;
        for (std::size_t c = 0; c < audio.size(); ++c)
            channels[c] = audio[c].data() + at;
        process({channels.data(), static_cast<int>(audio.size()), static_cast<int>(count)});
        at += count;
    }
}

inline double highest_sample(const Audio &audio) {
    double highest = 0.0;
    for (const Channel &channel : audio)
        for (const float v : channel)
            highest = std::max(highest, std::fabs(static_cast<double>(v)));
    return highest;
}

} // namespace headroom::test
