// SPDX-License-Identifier: GPL-3.0-or-later
// The program beside a client that exports in freewheel mode, as Ardour does.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"

#include <algorithm>
#include <cmath>
#include <random>

using namespace headroom::test;

namespace {

constexpr std::uint32_t kRate = 48000;
constexpr std::uint32_t kLatency_frames = 264;

/// Loud and quiet by turns, so that AGC, compressor and limiter all have their work.
Channels programme(std::size_t seconds) {
    std::mt19937 random(5);
    std::normal_distribution<float> value(0.0f, 0.1f);
    Channels out(2, std::vector<float>(seconds * kRate));
    for (std::size_t i = 0; i < out[0].size(); ++i) {
        const float level = (i / (kRate / 2)) % 3 == 0 ? 8.0f : 0.7f;
        const float tone = 0.2f * std::sin(0.031f * static_cast<float>(i % 100000));
        for (auto &channel : out)
            channel[i] = level * (tone + value(random));
    }
    return out;
}

struct Take {
    Channels heard;
    bool is_whole = false; ///< no cycle was lost
    std::string notice;
    std::int64_t xruns = 0; ///< that the program counts
};

std::int64_t number(HeadroomProcess &headroom, const char *fact) {
    return std::stoll(headroom.status(fact));
}

/// What a fresh start of the program makes of the programme. It begins on a whole second of the
/// program's own time, wherever that is.
Take record(const JackServer &server, const Channels &sent, bool freewheel) {
    HeadroomProcess headroom({"--no-overlay"}, server.environment());
    ProbeClient daw(server.name(), "daw", 2, 2, kRate * 60);
    for (const char *n : {"1", "2"}) {
        REQUIRE(daw.connect("daw:play_" + std::string(n), "headroom:main_in_" + std::string(n)));
        REQUIRE(daw.connect("headroom:main_out_" + std::string(n), "daw:record_" + std::string(n)));
    }
    Take take;
    const auto stream_start = static_cast<std::uint32_t>(number(headroom, "stream_start_frame"));
    const std::uint32_t ahead = daw.frame_now() + kRate / 4 - stream_start;
    const std::uint32_t start = stream_start + (ahead / kRate + 1) * kRate;
    daw.play(sent, start);
    if (freewheel)
        daw.set_freewheel(true);
    take.heard = daw.recorded(start + kLatency_frames, sent[0].size());
    if (freewheel) {
        // Longer than the watchdog waits for a server that hangs.
        std::this_thread::sleep_for(std::chrono::milliseconds(2500));
        CHECK(headroom.status("notice").empty());
        daw.set_freewheel(false);
        const auto before = number(headroom, "callbacks");
        CHECK(eventually([&] { return number(headroom, "callbacks") > before + 4; }));
    }
    take.is_whole =
        number(headroom, "stream_start_frame") == static_cast<std::int64_t>(stream_start);
    take.notice = headroom.status("notice");
    take.xruns = number(headroom, "xruns");
    return take;
}

/// A busy machine loses cycles, and then the programme does not begin where it should.
Take whole_take(const JackServer &server, const Channels &sent, bool freewheel) {
    constexpr int kTakes = 5;
    Take take = record(server, sent, freewheel);
    for (int i = 1; i < kTakes && !take.is_whole; ++i)
        take = record(server, sent, freewheel);
    REQUIRE(take.is_whole);
    return take;
}

} // namespace

TEST_CASE("a freewheel export gives the samples of real time, and confuses nothing") {
    // Every cycle waits for all clients, so that a busy machine loses few.
    const JackServer server({.period_frames = 1024, .synchronous = true});
    const Channels sent = programme(4);
    const Take exported = whole_take(server, sent, true);
    CHECK(exported.notice.empty());
    CHECK(exported.xruns == 0);
    const Take live = whole_take(server, sent, false);
    float peak = 0.0f;
    for (std::size_t c = 0; c < 2; ++c) {
        CHECK(live.heard[c] == exported.heard[c]);
        for (const float x : live.heard[c])
            peak = std::max(peak, std::fabs(x));
    }
    CHECK(peak > 0.5f);
}
