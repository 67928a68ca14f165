// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/catch.hpp"
#include "tests/support/probe_client.hpp"

#include <cstddef>
#include <sndfile.h>
#include <string>
#include <vector>

namespace headroom::test {

/// 32 bits of float, stereo, 48 kHz.
inline void write_wav(const std::string &file, const Channels &audio) {
    SF_INFO info{.frames = 0,
                 .samplerate = 48000,
                 .channels = 2,
                 .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT,
                 .sections = 0,
                 .seekable = 0};
    SNDFILE *out = sf_open(file.c_str(), SFM_WRITE, &info);
    REQUIRE(out != nullptr);
    for (std::size_t i = 0; i < audio[0].size(); ++i) {
        const float frame[2] = {audio[0][i], audio[1][i]};
        sf_writef_float(out, frame, 1);
    }
    sf_close(out);
}

inline Channels read_wav(const std::string &file) {
    SF_INFO info{};
    SNDFILE *in = sf_open(file.c_str(), SFM_READ, &info);
    REQUIRE(in != nullptr);
    std::vector<float> interleaved(static_cast<std::size_t>(info.frames * info.channels));
    sf_readf_float(in, interleaved.data(), info.frames);
    sf_close(in);
    Channels out(static_cast<std::size_t>(info.channels));
    for (std::size_t i = 0; i < interleaved.size(); ++i)
        out[i % out.size()].push_back(interleaved[i]);
    return out;
}

} // namespace headroom::test
