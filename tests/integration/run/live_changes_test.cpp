// SPDX-License-Identifier: GPL-3.0-or-later
// What is heard while the running program is changed: sweeps over OSC, a profile that is edited,
// strips that come and go.
#include "config/registry.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <optional>
#include <thread>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr double kTone_hz = 3000.0;
constexpr std::size_t kWindow = 4096;

class ProfileFile {
  public:
    explicit ProfileFile(const std::string &text)
        : path_(std::filesystem::temp_directory_path() /
                ("headroom-live-" + std::to_string(getpid()) + ".yaml")) {
        write(text);
    }
    ~ProfileFile() { std::filesystem::remove(path_); }
    ProfileFile(const ProfileFile &) = delete;
    ProfileFile &operator=(const ProfileFile &) = delete;
    void write(const std::string &text) const { std::ofstream(path_) << text; }
    std::string path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::vector<float> tone(std::size_t frames, double frequency_hz, double peak) {
    std::vector<float> out(frames);
    for (std::size_t i = 0; i < frames; ++i)
        out[i] = static_cast<float>(peak * std::sin(2.0 * std::numbers::pi * frequency_hz *
                                                    static_cast<double>(i) / 48000.0));
    return out;
}

/// Power of a window outside of 400 Hz around the tone and its harmonics, against all of it.
double rest_db(const float *samples) {
    double whole = 1e-30;
    double rest = 1e-30;
    for (std::size_t bin = 4; bin < kWindow / 2; bin += 2) {
        const double step = 2.0 * std::numbers::pi * static_cast<double>(bin) / kWindow;
        const double c = 2.0 * std::cos(step);
        double s1 = 0.0;
        double s2 = 0.0;
        for (std::size_t i = 0; i < kWindow; ++i) {
            const double x = 2.0 * std::numbers::pi * (static_cast<double>(i) + 0.5) / kWindow;
            const double window = 0.35875 - 0.48829 * std::cos(x) + 0.14128 * std::cos(2.0 * x) -
                                  0.01168 * std::cos(3.0 * x);
            const double s0 = window * static_cast<double>(samples[i]) + c * s1 - s2;
            s2 = std::exchange(s1, s0);
        }
        const double power = s1 * s1 + s2 * s2 - c * s1 * s2;
        whole += power;
        const double frequency_hz = static_cast<double>(bin) * 48000.0 / kWindow;
        if (std::fabs(std::remainder(frequency_hz, kTone_hz)) > 400.0)
            rest += power;
    }
    return 10.0 * std::log10(rest / whole);
}

float largest_bend(const std::vector<float> &x, std::size_t from, std::size_t to) {
    float out = 0.0f;
    for (std::size_t i = from + 2; i < to; ++i)
        out = std::max(out, std::fabs(x[i] - 2.0f * x[i - 1] + x[i - 2]));
    return out;
}

constexpr JackServer::Options kSynchronous{.synchronous = true};

constexpr auto kOnlyPlayers = "rules:\n"
                              "  - match: { client: \"player*\" }\n"
                              "    route: main\n"
                              "    strip: on\n"
                              "  - match: { client: \"*\" }\n"
                              "    route: ignore\n";

} // namespace

TEST_CASE("no parameter that is swept over its range over OSC leaves zipper noise") {
    // Every stage is at work, and none so fast that it bends the tone itself.
    const ProfileFile profile(std::string("buses:\n"
                                          "  main:\n"
                                          "    gate: { on: true, attack: 20 }\n"
                                          "    equaliser:\n"
                                          "      low_cut: { on: true }\n"
                                          "      low_shelf: { on: true, gain: 3 }\n"
                                          "      bell_1: { on: true, gain: 3 }\n"
                                          "      bell_2: { on: true, gain: -3 }\n"
                                          "      bell_3: { on: true, gain: 3 }\n"
                                          "      bell_4: { on: true, gain: -3 }\n"
                                          "      high_shelf: { on: true, gain: 3 }\n"
                                          "    compressor: { threshold: -40, attack: 30 }\n") +
                              kOnlyPlayers);
    JackServer server(kSynchronous);
    HeadroomProcess headroom({"--profile", profile.path()}, server.environment());
    std::vector<const Parameter *> swept;
    for (const Parameter &p : parameters())
        if (p.scope == Scope::bus && (p.scale == Scale::linear || p.scale == Scale::logarithmic))
            swept.push_back(&p);
    REQUIRE(swept.size() > 40);

    constexpr int kSteps = 24;
    constexpr std::size_t kBetween = 4800;
    // Room for takes that are repeated: a busy machine loses periods.
    const std::size_t frames = (swept.size() + 20) * 20 * kBetween;
    ProbeClient probe(server.name(), "probe", 1, 1, frames);
    REQUIRE(probe.connect("probe:play_1", "headroom:main_in_1"));
    REQUIRE(probe.connect("headroom:main_out_1", "probe:record_1"));
    const auto start = probe.frame_ahead();
    probe.play({tone(frames, kTone_hz, 0.2)}, start);
    const auto wait_until = [&](std::uint32_t frame) {
        REQUIRE(
            eventually([&] { return static_cast<std::int32_t>(probe.frame_now() - frame) >= 0; }));
    };
    wait_until(start + 48000);
    /// The loudest window, or nothing where the server has lost a period meanwhile.
    const auto sweep = [&](const std::string &path) -> std::optional<double> {
        const int xruns = probe.xruns();
        const std::uint32_t from = probe.frame_now();
        for (int step = 0; step <= kSteps; ++step) {
            const float share = static_cast<float>(std::min(step, kSteps - step)) / (0.5f * kSteps);
            headroom.osc().send({"/headroom/" + path + "/norm", {share}});
            std::this_thread::sleep_for(std::chrono::milliseconds(4));
        }
        const std::uint32_t to = probe.frame_now() + kWindow;
        wait_until(to + 2048);
        const Channels heard = probe.recorded(from, to - from);
        double worst_db = -200.0;
        for (std::size_t at = 0; at + kWindow <= heard[0].size(); at += kWindow / 2)
            worst_db = std::max(worst_db, rest_db(heard[0].data() + at));
        return probe.xruns() == xruns ? std::optional(worst_db) : std::nullopt;
    };
    for (const Parameter *p : swept) {
        CAPTURE(p->path);
        const std::string path = "bus/main/" + std::string(p->path);
        const float before = static_cast<float>(headroom.get(path));
        std::optional<double> worst_db;
        for (int attempt = 0; attempt < 10 && !worst_db; ++attempt)
            worst_db = sweep(path);
        REQUIRE(headroom.set(path, before));
        REQUIRE(worst_db);
        // Steps of a twelfth of the range, 4 ms apart: 4 dB each for a bell's gain.
        CHECK(*worst_db < -50.0);
    }
}

TEST_CASE("an edit of the profile that moves and rebuilds stages makes no click") {
    const std::string before = "buses:\n  main: { agc: { on: off }, insert: { ports: on } }\n";
    const std::string after = "buses:\n"
                              "  main:\n"
                              "    order: [insert, compressor, gate]\n"
                              "    agc: { on: off }\n"
                              "    compressor: { sidechain: ports }\n"
                              "    limiter: { mode: quality }\n";
    const ProfileFile profile(before + kOnlyPlayers);
    JackServer server(kSynchronous);
    HeadroomProcess headroom({"--profile", profile.path()}, server.environment());
    constexpr std::size_t kFrames = 10 * 48000;
    ProbeClient probe(server.name(), "probe", 1, 1, kFrames);
    REQUIRE(probe.connect("probe:play_1", "headroom:main_in_1"));
    REQUIRE(probe.connect("headroom:main_out_1", "probe:record_1"));
    // The way outside is a cable.
    for (const char *number : {"1", "2"})
        REQUIRE(probe.connect(std::string("headroom:main_send_") + number,
                              std::string("headroom:main_return_") + number));
    const auto start = probe.frame_ahead();
    probe.play({tone(kFrames, 200.0, 0.05)}, start);
    REQUIRE(eventually([&] { return headroom.status("inserts") == "main: 256 frames"; }));
    // Once it is in force.
    REQUIRE(eventually([&] { return headroom.status("latency_frames") == "520"; }));
    const auto wait = [&](std::uint32_t frames) {
        const std::uint32_t until = probe.frame_now() + frames;
        REQUIRE(
            eventually([&] { return static_cast<std::int32_t>(probe.frame_now() - until) >= 0; }));
    };
    wait(24000);
    const std::uint32_t from = probe.frame_now();
    profile.write(after + kOnlyPlayers);
    REQUIRE(eventually(
        [&] { return headroom.status("order").find("insert comp") != std::string::npos; }));
    REQUIRE(eventually([&] { return headroom.status("inserts").empty(); }));
    REQUIRE(eventually([&] { return headroom.status("latency_frames") == "480"; }));
    wait(24000);
    profile.write(before + kOnlyPlayers);
    REQUIRE(eventually([&] { return headroom.status("inserts") == "main: not connected"; }));
    REQUIRE(eventually([&] { return headroom.status("latency_frames") == "264"; }));
    wait(24000);
    const Channels heard = probe.recorded(from, probe.frame_now() - 4096 - from);
    const float own = 0.05f * std::pow(2.0f * std::numbers::pi_v<float> * 200.0f / 48000.0f, 2.0f);
    CHECK(largest_bend(heard[0], 0, heard[0].size()) < 1.1f * own);
    CHECK(*std::max_element(heard[0].begin(), heard[0].end()) == Approx(0.05).epsilon(0.01));
}

TEST_CASE("an application's fader is on OSC, and is found again") {
    const ProfileFile profile(kOnlyPlayers);
    JackServer server;
    HeadroomProcess headroom({"--profile", profile.path()}, server.environment());
    const auto starts = [&] {
        auto player = std::make_unique<ProbeClient>(server.name(), "player", 2, 0);
        REQUIRE(eventually([&] {
            return player->connections("player:play_2") ==
                   std::vector<std::string>{"headroom:player_2"};
        }));
        return player;
    };
    auto player = starts();
    REQUIRE(eventually([&] { return headroom.get("strip/player/trim") == 0.0; }));
    CHECK(headroom.set("strip/player/trim", -12.0f));
    CHECK(headroom.set("strip/player/rider/on", 1.0f));
    CHECK(headroom.status("strips") == "player");
    player->play({tone(10 * 48000, 997.0, 0.5), tone(10 * 48000, 997.0, 0.5)},
                 player->frame_ahead());
    CHECK(eventually(
        [&] { return std::fabs(headroom.get("meter/strip/player/peak") - -18.02) < 0.2; }));
    CHECK(eventually(
        [&] { return std::fabs(headroom.get("meter/bus/main/input/true_peak") - -18.02) < 0.2; }));
    player.reset();
    CHECK(eventually([&] { return headroom.status("strips").empty(); }));
    player = starts();
    CHECK(headroom.get("strip/player/trim") == -12.0);
    headroom.finish();
}
