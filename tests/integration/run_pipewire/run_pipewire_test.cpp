// SPDX-License-Identifier: GPL-3.0-or-later
// The program as a desktop meets it: PipeWire runs, no JACK server does, and the JACK library at
// hand is not PipeWire's.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/pipewire_session.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sndfile.h>

using namespace headroom::test;
using nlohmann::json;

namespace {

/// The limiter alone works, and the test's signal, at -12 dBFS, is well over its ceiling.
constexpr const char *kProfile = R"(
buses:
  main:
    agc: { on: off }
    compressor: { on: off }
    limiter: { ceiling: -18 dBTP }
rules:
  - match: { client: "*bypassed" }
    route: bypass
  - match: { client: "*" }
    route: main
)";
constexpr const char *kCeilingLin = "0.1259";
constexpr const char *kCeiling = "bus/main/limiter/ceiling";
constexpr int kRate = 48000;

/// What arrives at the real sink, as routing_tool tells it.
class Ear {
  public:
    explicit Ear(const PipeWireSession &session)
        : tap_({ROUTING_TOOL, "tap", "speakers:monitor_FL", "speakers:monitor_FR", kCeilingLin},
               session.jack_environment()) {
        REQUIRE(tap_.wait_for_output("ready"));
    }
    /// Samples of each kind, of both channels, since the last call.
    json heard() {
        const auto lines = [&] {
            const std::string text = tap_.standard_output();
            return std::count(text.begin(), text.end(), '\n');
        };
        const auto before = lines();
        tap_.signal(SIGUSR1);
        REQUIRE(eventually([&] { return lines() > before; }));
        const std::string text = tap_.standard_output();
        return json::parse(text.substr(text.rfind('\n', text.size() - 2) + 1));
    }

  private:
    ChildProcess tap_;
};

class Desktop {
  public:
    Desktop() { headroom = start(); }

    std::unique_ptr<HeadroomProcess> start() const {
        const std::string profile = (session.folder() / "test.yaml").string();
        std::ofstream(profile) << kProfile;
        auto program = std::make_unique<HeadroomProcess>(
            std::vector<std::string>{"--profile", profile}, session.environment());
        return program;
    }
    bool is_ready() const {
        const std::string links = session.run({"pw-link", "-l"});
        return links.find("|-> headroom:main_in_2") != links.npos &&
               links.find("speakers:playback_FR\n  |<- headroom:main_out_2") != links.npos;
    }
    std::unique_ptr<Ear> listen() const {
        REQUIRE(eventually([&] { return is_ready(); }));
        return std::make_unique<Ear>(session);
    }
    bool has_sink() const {
        return session.run({"pactl", "list", "short", "sinks"}).find("\theadroom-sink\t") !=
               std::string::npos;
    }
    std::string default_sink() const { return session.run({"pactl", "get-default-sink"}); }

    /// What routing_tool knows as raw.
    std::string signal_file(double seconds) const {
        std::string file = (session.folder() / "signal.wav").string();
        SF_INFO info{.samplerate = kRate, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
        SNDFILE *out = sf_open(file.c_str(), SFM_WRITE, &info);
        REQUIRE(out != nullptr);
        std::vector<float> samples;
        for (int i = 0; i < static_cast<int>(seconds * kRate); ++i)
            samples.insert(samples.end(), 2, 0.25f + static_cast<float>(i % 4096) * 0x1p-20f);
        sf_write_float(out, samples.data(), static_cast<sf_count_t>(samples.size()));
        sf_close(out);
        return file;
    }
    /// Plays the test's signal to its end; the program must end well.
    void play(std::vector<std::string> player, double seconds) const {
        CAPTURE(player);
        player.push_back(signal_file(seconds));
        const RunResult result = run_program(std::move(player), session.environment());
        CAPTURE(result.standard_error);
        CHECK(result.exit_code == 0);
    }
    /// Plays, and expects nothing but processed sound at the real sink.
    void check_processed(Ear &ear, const std::vector<std::string> &player,
                         double seconds = 1.0) const {
        ear.heard();
        play(player, seconds);
        const json heard = ear.heard();
        CAPTURE(heard.dump());
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
        CHECK(heard["other"] == 0);
        CHECK(heard["processed"] > kRate * seconds);
    }

    PipeWireSession session;
    std::unique_ptr<HeadroomProcess> headroom;
};

} // namespace

TEST_CASE("where only PipeWire runs, headroom starts itself again through pw-jack") {
    Desktop desktop;
    HeadroomProcess &headroom = *desktop.headroom;
    const std::string said = headroom.process().standard_error();
    CHECK(said.find("starting again through pw-jack") != said.npos);
    CHECK(said.find("Headroom Sink is here for this run only") != said.npos);
    CHECK(desktop.has_sink());
    CHECK(headroom.status("backend") == "null-sink");
    CHECK(headroom.status("server").find("PipeWire") == 0);
    CHECK(headroom.get(kCeiling) == -18.0);
    CHECK(headroom.set(kCeiling, -20.0f));
    CHECK(eventually([&] { return headroom.status("notice").empty(); }));
}

TEST_CASE("the program lets applications start 20 of 20 times, and nothing raw out") {
    Desktop desktop;
    const auto ear = desktop.listen();
    for (const char *player : {"pw-play", "paplay"})
        for (int start = 0; start < 20; ++start) {
            CAPTURE(player, start);
            desktop.check_processed(*ear, {player}, 0.25);
        }
    const json summary = desktop.headroom->finish();
    CHECK(summary.at("raw_frames") == 0);
    CHECK(summary.at("backend") == "null-sink");
    CHECK(summary.at("input_true_peak_dbtp") > -12.1);
    CHECK(summary.at("output_true_peak_dbtp") <= summary.at("ceiling_dbtp"));
}

TEST_CASE("a bypass rule of the profile sends an application straight to the real sink") {
    Desktop desktop;
    const auto ear = desktop.listen();
    std::vector<std::string> player;
    SECTION("a PipeWire application") {
        player = {"pw-play", "-P", R"({ "node.name": "bypassed" })"};
    }
    SECTION("a PulseAudio application") {
        player = {"paplay", "--client-name=bypassed"};
    }
    ear->heard();
    desktop.play(player, 1.0);
    const json heard = ear->heard();
    CAPTURE(heard.dump());
    CHECK(heard["raw"] > kRate);
    CHECK(heard["both"] == 0);
    CHECK(heard["breaks"] == 0); // bit for bit
    desktop.check_processed(*ear, {"pw-play"});
    CHECK(desktop.headroom->finish().at("raw_frames") == 0);
}

TEST_CASE("when headroom ends, applications are heard on the real sink") {
    Desktop desktop;
    desktop.session.run({"pactl", "set-default-sink", "speakers"}); // the user's choice
    desktop.headroom->finish();
    desktop.headroom = desktop.start();
    const auto ear = desktop.listen();
    CHECK(desktop.default_sink() == "headroom-sink\n");
    ChildProcess playing({"pw-play", desktop.signal_file(60.0)}, desktop.session.environment());
    REQUIRE(eventually([&] { return ear->heard()["processed"] > 0; }));
    desktop.headroom->finish();
    CHECK(eventually([&] { return ear->heard()["raw"] > 0; }));
    CHECK(playing.is_running());
    playing.signal(SIGTERM);
    playing.wait();
    CHECK(eventually([&] { return !desktop.has_sink(); }));
    CHECK(eventually([&] { return desktop.default_sink() == "speakers\n"; }));
    for (const char *player : {"pw-play", "paplay"}) {
        ear->heard();
        desktop.play({player}, 0.5);
        const json heard = ear->heard();
        CAPTURE(player, heard.dump());
        CHECK(heard["raw"] > kRate / 2);
    }
}

TEST_CASE("headroom outlives the real sink and meets its return") {
    Desktop desktop;
    CHECK(eventually([&] { return desktop.is_ready(); }));
    desktop.session.destroy_node("speakers");
    CHECK(eventually(
        [&] { return desktop.headroom->status("notice").find("no sink") != std::string::npos; }));
    desktop.session.add_sink("speakers");
    const auto ear = desktop.listen();
    desktop.check_processed(*ear, {"pw-play"});
    CHECK(desktop.headroom->status("notice").empty());
}

TEST_CASE("after a restart of PipeWire everything is as it was") {
    Desktop desktop;
    HeadroomProcess &headroom = *desktop.headroom;
    REQUIRE(headroom.set("bus/main/limiter/release", 77.0f));
    for (int restart = 1; restart <= 2; ++restart) {
        CAPTURE(restart);
        desktop.session.stop_pipewire();
        REQUIRE(eventually(
            [&] { return headroom.status("server").find("lost") != std::string::npos; }));
        desktop.session.start_pipewire();
        const auto ear = desktop.listen();
        CHECK(headroom.get("bus/main/limiter/release") == 77.0);
        // The default is remembered by name: that alone does not say that the sink is back.
        REQUIRE(eventually(
            [&] { return headroom.status("server").find("lost") == std::string::npos; }));
        REQUIRE(eventually([&] { return desktop.is_ready(); }));
        CHECK(eventually([&] { return desktop.default_sink() == "headroom-sink\n"; }));
        for (const char *player : {"pw-play", "paplay"})
            desktop.check_processed(*ear, {player});
        // A server that is still starting may be met and lost once more.
        CHECK(std::stoi(headroom.status("reconnects")) >= restart);
        CHECK(headroom.status("notice").empty());
    }
    CHECK(headroom.finish().at("raw_frames") == 0);
    CHECK(eventually([&] { return !desktop.has_sink(); }));
}

TEST_CASE("another period is followed at run time") {
    Desktop desktop;
    const auto ear = desktop.listen();
    for (const char *period : {"512", "256", "2048"}) {
        CAPTURE(period);
        desktop.session.run({"pw-metadata", "-n", "settings", "0", "clock.force-quantum", period});
        desktop.check_processed(*ear, {"pw-play"});
        CHECK(eventually([&] { return desktop.headroom->status("period") == period; }));
    }
    CHECK(desktop.headroom->finish().at("raw_frames") == 0);
}

TEST_CASE("another sample rate is followed at run time") {
    Desktop desktop;
    HeadroomProcess &headroom = *desktop.headroom;
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    REQUIRE(headroom.set("bus/main/limiter/release", 77.0f));
    ChildProcess playing({"pw-play", desktop.signal_file(60.0)}, desktop.session.environment());
    for (const char *rate : {"44100", "96000"}) {
        CAPTURE(rate);
        desktop.session.run({"pw-metadata", "-n", "settings", "0", "clock.force-rate", rate});
        REQUIRE(eventually([&] { return headroom.status("sample_rate") == rate; }));
        // An ear of each rate: PipeWire 0.3.65 may leave a client that only listens without cycles.
        const auto ear = desktop.listen();
        CHECK(eventually([&] { return ear->heard()["processed"] > 0; }));
        CHECK(ear->heard()["raw"] == 0);
        CHECK(headroom.get("bus/main/limiter/release") == 77.0);
        CHECK(headroom.status("notice").empty());
    }
    CHECK(playing.is_running());
    CHECK(headroom.finish().at("raw_frames") == 0);
}

TEST_CASE("after kill -9 under PipeWire, restore makes applications heard again") {
    Desktop desktop;
    desktop.headroom->finish();
    desktop.session.run({headroom_program(), "sink", "install"});
    desktop.headroom = desktop.start();
    const auto ear = desktop.listen();
    ChildProcess playing({"pw-play", desktop.signal_file(60.0)}, desktop.session.environment());
    REQUIRE(eventually([&] { return ear->heard()["processed"] > 0; }));
    desktop.headroom->process().signal(SIGKILL);
    REQUIRE(desktop.headroom->process().wait().has_value());
    ear->heard();
    SECTION("headroom restore") {
        const json done =
            json::parse(desktop.session.run({headroom_program(), "restore", "--json"}));
        CHECK(done.at("links").size() == 2);
        // PipeWire 0.3.65 may leave a client that only listens without cycles: a new one.
        Ear fresh(desktop.session);
        CHECK(eventually([&] { return fresh.heard()["raw"] > 0; }));
    }
    SECTION("the next start") {
        desktop.headroom = desktop.start();
        REQUIRE(eventually([&] { return ear->heard()["processed"] > 0; }));
        const json heard = ear->heard();
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
    }
    playing.signal(SIGTERM);
    playing.wait();
}
