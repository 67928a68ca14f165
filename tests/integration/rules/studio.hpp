// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

namespace headroom::test {

/// Of the default limiter.
inline constexpr std::uint32_t kLatency_frames = 264;

/// Settings with which a bus is an exact delayed copy.
inline const std::string exact_copy =
    "agc: { on: off }, compressor: { on: off }, limiter: { soft: off }";

/// A server, profiles by name, and the program with one of them.
struct Studio {
    TemporaryFolder folder;
    JackServer server;
    std::unique_ptr<HeadroomProcess> headroom;

    explicit Studio(const std::string &profile, int playback_channels = 2)
        : server({.playback_channels = playback_channels}) {
        write("test", profile);
        auto environment = server.environment();
        environment["XDG_CONFIG_HOME"] = folder.path();
        headroom = std::make_unique<HeadroomProcess>(std::vector<std::string>{"--profile", "test"},
                                                     environment);
    }
    void write(const std::string &name, const std::string &profile) const {
        const auto profiles = folder.path() / "headroom" / "profiles";
        std::filesystem::create_directories(profiles);
        std::ofstream(profiles / (name + ".yaml")) << profile;
    }
};

/// The links of a port, in order.
inline std::vector<std::string> links_of(const ProbeClient &probe, const std::string &port) {
    auto out = probe.connections(port);
    std::sort(out.begin(), out.end());
    return out;
}

inline bool goes_to(const ProbeClient &probe, const std::string &port,
                    const std::vector<std::string> &ports) {
    return eventually([&] { return links_of(probe, port) == ports; });
}

inline std::string numbered(const std::string &name, std::size_t number) {
    return name + std::to_string(number);
}

/// Sines of different heights, so that each channel is told from the others.
inline Channels tones(std::size_t channels, std::size_t frames, float peak = 0.05f) {
    Channels out(channels, std::vector<float>(frames));
    for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t i = 0; i < frames; ++i)
            out[c][i] = peak * std::sin(0.003f * static_cast<float>((c + 3) * i));
    return out;
}

inline float largest_difference(const Channels &a, const Channels &b) {
    float out = 0.0f;
    for (std::size_t c = 0; c < a.size(); ++c)
        for (std::size_t i = 0; i < a[c].size(); ++i)
            out = std::max(out, std::fabs(a[c][i] - b[c][i]));
    return out;
}

/// Until a take is good. A server on a busy machine loses whole periods, and tells it by xruns;
/// only takes without them say anything.
template <class Take> bool a_take_is_good(Take take) {
    constexpr int kTakes = 8;
    for (int i = 0; i < kTakes; ++i)
        if (take())
            return true;
    return false;
}

} // namespace headroom::test
