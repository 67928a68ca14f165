// SPDX-License-Identifier: GPL-3.0-or-later
// The program on a real JACK server, with applications beside it.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/wav_file.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

using namespace headroom::test;

namespace {

namespace fs = std::filesystem;

/// A folder of this test's own, gone with it.
class Scratch {
  public:
    Scratch() {
        std::string pattern = fs::temp_directory_path() / "headroom-test-XXXXXX";
        path_ = mkdtemp(pattern.data());
    }
    ~Scratch() { fs::remove_all(path_); }
    std::string file(const std::string &name, const std::string &text = {}) const {
        const fs::path out = path_ / name;
        if (!text.empty())
            std::ofstream(out) << text;
        return out;
    }

  private:
    fs::path path_;
};

constexpr auto kRules = R"(
description: For tests.
rules:
  - match: { client: "player*" }
    route: bypass
  - match: { client: "probe*" }
    route: ignore
  - match: { client: "*" }
    route: main
)";

Channels noise(std::size_t frames, float peak, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(-peak, peak);
    Channels out(2, std::vector<float>(frames));
    for (auto &channel : out)
        for (float &x : channel)
            x = value(random);
    return out;
}

/// Where two recordings begin to differ; -1 where they are the same, bit for bit.
std::ptrdiff_t first_difference(const Channels &a, const Channels &b) {
    for (std::size_t c = 0; c < a.size(); ++c) {
        const auto at = std::mismatch(a[c].begin(), a[c].end(), b[c].begin(), b[c].end());
        if (at.first != a[c].end() || at.second != b[c].end())
            return at.first - a[c].begin();
    }
    return -1;
}

bool links(const ProbeClient &probe, const std::string &from, const std::string &to) {
    const auto all = probe.connections(from);
    return std::find(all.begin(), all.end(), to) != all.end();
}

struct Studio {
    Scratch scratch;
    JackServer server;
    HeadroomProcess headroom{{"--profile", scratch.file("test.yaml", kRules)},
                             server.environment()};
};

} // namespace

TEST_CASE("an application of a bypass rule keeps its connections and its samples") {
    Studio studio;
    const Channels sent = noise(48000, 4.0f);
    // Only a take in which the server lost no period can be compared bit for bit.
    constexpr int kTakes = 10;
    std::ptrdiff_t difference = 0;
    for (int take = 0; take < kTakes && difference != -1; ++take) {
        ProbeClient player(studio.server.name(), "player", 2, 0);
        ProbeClient ear(studio.server.name(), "probe-ear", 0, 2);
        REQUIRE(player.connect("player:play_1", "system:playback_1"));
        REQUIRE(player.connect("player:play_1", "probe-ear:record_1"));
        REQUIRE(player.connect("player:play_2", "probe-ear:record_2"));
        const auto start = player.frame_ahead();
        player.play(sent, start);
        difference = first_difference(ear.recorded(start, sent[0].size()), sent);
        CHECK((difference == -1 || ear.xruns() > 0));
        CHECK(links(player, "player:play_1", "system:playback_1"));
        CHECK_FALSE(links(player, "player:play_1", "headroom:main_in_1"));
    }
    CHECK(difference == -1);
}

TEST_CASE("an application of a bus rule arrives through the bus only") {
    Studio studio;
    ProbeClient game(studio.server.name(), "game", 2, 0);
    game.ask_to_connect("game:play_1", "system:playback_1");
    game.ask_to_connect("game:play_2", "system:playback_2");
    for (int i : {1, 2}) {
        const std::string n = std::to_string(i);
        CHECK(eventually([&] { return links(game, "game:play_" + n, "headroom:main_in_" + n); }));
        CHECK(eventually([&] { return !links(game, "game:play_" + n, "system:playback_" + n); }));
        CHECK(eventually(
            [&] { return links(game, "headroom:main_out_" + n, "system:playback_" + n); }));
    }
}

TEST_CASE("a connection that the user makes or breaks stays") {
    Studio studio;
    ProbeClient game(studio.server.name(), "game", 2, 0);
    REQUIRE(eventually([&] { return links(game, "game:play_1", "headroom:main_in_1"); }));
    // The hand of a user comes after the application has settled.
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    const auto by_hand = [&](const char *tool, const char *from, const char *to) {
        CHECK(run_program({tool, from, to}, studio.server.environment()).exit_code == 0);
    };
    by_hand("jack_disconnect", "game:play_1", "headroom:main_in_1");
    by_hand("jack_connect", "game:play_1", "system:playback_1");
    // Something else happens, so that the rules are looked at again.
    ProbeClient other(studio.server.name(), "other", 2, 0);
    REQUIRE(eventually([&] { return links(other, "other:play_1", "headroom:main_in_1"); }));
    CHECK(links(game, "game:play_1", "system:playback_1"));
    CHECK_FALSE(links(game, "game:play_1", "headroom:main_in_1"));
    CHECK(links(game, "game:play_2", "headroom:main_in_2"));
}

TEST_CASE("the latency that JACK reports is the latency that is measured") {
    Studio studio;
    ProbeClient probe(studio.server.name(), "probe", 1, 0);
    ProbeClient ear(studio.server.name(), "probe-ear", 0, 1);
    REQUIRE(probe.connect("probe:play_1", "headroom:main_in_1"));
    REQUIRE(ear.connect("headroom:main_out_1", "probe-ear:record_1"));
    constexpr std::uint32_t kLatencies[] = {72, 264, 480};
    for (std::size_t mode = 0; mode < 3; ++mode) {
        CAPTURE(mode);
        REQUIRE(studio.headroom.set("bus/main/limiter/mode", static_cast<float>(mode)));
        CHECK(eventually([&] { return ear.reported_latency_frames(0) == kLatencies[mode]; }));
    }
    REQUIRE(studio.headroom.set("bus/main/bypass", 1.0f));
    std::this_thread::sleep_for(std::chrono::milliseconds(100)); // both cross-fades take 20 ms
    const auto start = probe.frame_ahead();
    // A click every half second: one that falls into a lost period is not heard.
    constexpr std::size_t kEvery = 24000;
    constexpr std::size_t kClicks = 8;
    Channels clicks(1, std::vector<float>(kEvery * kClicks));
    for (std::size_t i = 0; i < kClicks; ++i)
        clicks[0][i * kEvery] = 0.5f;
    probe.play(clicks, start);
    const auto heard = ear.recorded(start, kEvery * kClicks)[0];
    std::size_t in_time = 0;
    for (std::size_t i = 0; i < kClicks; ++i)
        in_time += heard[i * kEvery + 480] == 0.5f ? 1 : 0;
    CHECK(in_time >= 1);
    CHECK((in_time == kClicks || ear.xruns() > 0));
}

TEST_CASE("a ceiling sent by a foreign OSC client is heard, answered and confirmed") {
    Studio studio;
    const std::string port = std::to_string(studio.headroom.osc_port());
    CHECK(run_program(
              {"oscsend", "127.0.0.1", port, "/headroom/bus/main/limiter/ceiling", "f", "-3.0"})
              .exit_code == 0);
    CHECK(eventually([&] { return studio.headroom.get("bus/main/limiter/ceiling") == -3.0; }));

    // From the packet to the sound, the best of some tries: other programs share the machine.
    constexpr std::uint32_t kPeriod = 256;
    constexpr std::uint32_t kSinePeriod = 48;
    ProbeClient probe(studio.server.name(), "probe", 1, 0);
    ProbeClient ear(studio.server.name(), "probe-ear", 0, 1, 48000 * 20);
    REQUIRE(probe.connect("probe:play_1", "headroom:main_in_1"));
    REQUIRE(ear.connect("headroom:main_out_1", "probe-ear:record_1"));
    for (const char *stage : {"bus/main/agc/on", "bus/main/compressor/on", "bus/main/limiter/soft"})
        REQUIRE(studio.headroom.set(stage, 0.0f));
    Channels sine(1, std::vector<float>(48000 * 18));
    for (std::size_t i = 0; i < sine[0].size(); ++i)
        sine[0][i] =
            2.0f * std::sin(2.0f * static_cast<float>(M_PI) * static_cast<float>(i % kSinePeriod) /
                            static_cast<float>(kSinePeriod));
    probe.play(sine, probe.frame_ahead());
    std::size_t best = SIZE_MAX;
    for (int attempt = 0; attempt < 6 && best > 2 * kPeriod; ++attempt) {
        REQUIRE(studio.headroom.set("bus/main/limiter/ceiling", -3.0f));
        const std::uint32_t settled = ear.frame_now() + 24000;
        ear.recorded(settled, kPeriod);
        const std::uint32_t sent = ear.frame_now();
        REQUIRE(studio.headroom.set("bus/main/limiter/ceiling", -12.0f));
        const auto heard = ear.recorded(sent - kSinePeriod, 4800)[0];
        std::size_t frame = kSinePeriod;
        while (frame < heard.size() &&
               std::fabs(heard[frame] - heard[frame - kSinePeriod]) < 0.002f)
            ++frame;
        best = std::min(best, frame - kSinePeriod);
    }
    CHECK(best <= 2 * kPeriod);
}

TEST_CASE("every parameter answers a get and confirms a set") {
    Studio studio;
    const RunResult table = run_program({headroom_program(), "params", "--json"});
    REQUIRE(table.exit_code == 0);
    const auto parameters = nlohmann::json::parse(table.standard_output).at("parameters");
    REQUIRE(parameters.size() > 20);
    for (const auto &parameter : parameters) {
        if (parameter.at("scope") == "strip")
            continue; // no application has a strip here; "an application's fader is on OSC" does
        const std::string name = parameter.at("path");
        const std::string path = parameter.at("scope") == "global" ? name : "bus/main/" + name;
        CAPTURE(path);
        CHECK(studio.headroom.get(path) == Approx(parameter.at("default").get<double>()));
        for (const char *bound : {"minimum", "maximum"})
            CHECK(studio.headroom.set(path, parameter.at(bound).get<float>()));
    }
}

TEST_CASE("a live run in freewheel mode and a render give the same samples") {
    Studio studio;
    ProbeClient probe(studio.server.name(), "probe", 2, 0);
    ProbeClient ear(studio.server.name(), "probe-ear", 0, 2, 48000 * 60);
    for (const char *n : {"1", "2"}) {
        REQUIRE(
            probe.connect("probe:play_" + std::string(n), "headroom:main_in_" + std::string(n)));
        REQUIRE(ear.connect("headroom:main_out_" + std::string(n),
                            "probe-ear:record_" + std::string(n)));
    }
    Channels sent = noise(48000 * 8, 1.0f);
    for (auto &channel : sent)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] *= (i / 24000) % 2 == 0 ? 4.0f : 0.05f;
    const std::uint32_t start = probe.frame_ahead() + 48000; // freewheeling has begun by then
    probe.play(sent, start);
    probe.set_freewheel(true);
    const std::uint32_t latency = 264;
    const Channels live = ear.recorded(start + latency, sent[0].size());
    // Where the stream stands against the server's frames: lost cycles before the freewheel shift
    // it.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto stream_start =
        static_cast<std::uint32_t>(std::stoll(studio.headroom.status("stream_start_frame")));
    probe.set_freewheel(false);

    Channels input(2, std::vector<float>(start - stream_start));
    for (std::size_t c = 0; c < 2; ++c)
        input[c].insert(input[c].end(), sent[c].begin(), sent[c].end());
    const std::string in = studio.scratch.file("in.wav");
    const std::string out = studio.scratch.file("out.wav");
    write_wav(in, input);
    const RunResult render = run_program(
        {headroom_program(), "render", in, out, "--profile", studio.scratch.file("test.yaml")});
    INFO(render.standard_error);
    REQUIRE(render.exit_code == 0);
    Channels rendered = read_wav(out);
    for (auto &channel : rendered)
        channel.erase(channel.begin(),
                      channel.begin() + static_cast<std::ptrdiff_t>(start - stream_start));
    CHECK(first_difference(live, rendered) == -1);
}

TEST_CASE("SIGHUP reads the profile again, and a mistake in it changes nothing") {
    Studio studio;
    const auto rewrite = [&](const std::string &text) {
        studio.scratch.file("test.yaml", text);
        studio.headroom.process().signal(SIGHUP);
    };
    rewrite("buses: { main: { limiter: { ceiling: -6 } } }\n");
    CHECK(eventually([&] { return studio.headroom.get("bus/main/limiter/ceiling") == -6.0; }));

    rewrite("buses:\n  main:\n    limiter: { ceiling: -3, celing: -9 }\n");
    CHECK(studio.headroom.process().wait_for_output("test.yaml:3:"));
    CHECK(studio.headroom.process().wait_for_output("celing"));
    CHECK(studio.headroom.get("bus/main/limiter/ceiling") == -6.0);

    rewrite("buses: { main: { channels: mono, limiter: { ceiling: -3 } } }\n");
    CHECK(studio.headroom.process().wait_for_output("other buses"));
    CHECK(studio.headroom.get("bus/main/limiter/ceiling") == -6.0);
}
