// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/probe_client.hpp"

#include <cstddef>
#include <sndfile.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace headroom::test {

/// 32 bits of float, stereo, 48 kHz. Throws std::runtime_error.
inline void write_wav(const std::string &file, const Channels &audio) {
    SF_INFO info{.frames = 0,
                 .samplerate = 48000,
                 .channels = 2,
                 .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT,
                 .sections = 0,
                 .seekable = 0};
    std::vector<float> interleaved;
    interleaved.reserve(2 * audio[0].size());
    for (std::size_t i = 0; i < audio[0].size(); ++i)
        interleaved.insert(interleaved.end(), {audio[0][i], audio[1][i]});
    SNDFILE *out = sf_open(file.c_str(), SFM_WRITE, &info);
    if (!out)
        throw std::runtime_error("cannot write " + file);
    const auto samples = static_cast<sf_count_t>(interleaved.size());
    const bool is_whole = sf_write_float(out, interleaved.data(), samples) == samples;
    sf_close(out);
    if (!is_whole)
        throw std::runtime_error("cannot write all of " + file);
}

/// What routing_tool knows as raw, at -12 dBFS.
inline void write_raw_signal(const std::string &file, double seconds) {
    std::vector<float> channel(static_cast<std::size_t>(seconds * 48000.0));
    for (std::size_t i = 0; i < channel.size(); ++i)
        channel[i] = 0.25f + static_cast<float>(i % 4096) * 0x1p-20f;
    write_wav(file, {channel, channel});
}

/// Throws std::runtime_error.
inline Channels read_wav(const std::string &file) {
    SF_INFO info{};
    SNDFILE *in = sf_open(file.c_str(), SFM_READ, &info);
    if (!in)
        throw std::runtime_error("cannot read " + file);
    std::vector<float> interleaved(static_cast<std::size_t>(info.frames * info.channels));
    sf_readf_float(in, interleaved.data(), info.frames);
    sf_close(in);
    Channels out(static_cast<std::size_t>(info.channels));
    for (std::size_t i = 0; i < interleaved.size(); ++i)
        out[i % out.size()].push_back(interleaved[i]);
    return out;
}

} // namespace headroom::test
