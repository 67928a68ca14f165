// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/pipewire_session.hpp"
#include "tests/support/wav_file.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>

namespace headroom::test {

using nlohmann::json;

/// The limiter alone works, and the test's signal, at -12 dBFS, is well over its ceiling.
inline constexpr const char *kProfile = R"(
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
inline constexpr const char *kCeilingLin = "0.1259";
inline constexpr const char *kCeiling = "bus/main/limiter/ceiling";
inline constexpr int kRate = 48000;

/// What arrives at a sink, as routing_tool tells it.
class Ear {
  public:
    explicit Ear(const PipeWireSession &session, const std::string &sink = "speakers")
        : tap_({ROUTING_TOOL, "tap", sink + ":monitor_FL", sink + ":monitor_FR", kCeilingLin},
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

/// A session in which headroom runs. A test with one runs once for each backend.
class Desktop {
  public:
    explicit Desktop(std::string_view profile_text = kProfile,
                     const std::vector<std::string> &further_sinks = {})
        : profile(profile_text) {
        for (const std::string &sink : further_sinks)
            session.add_sink(sink);
        headroom = start();
    }

    std::unique_ptr<HeadroomProcess> start() const {
        const std::string file = (session.folder() / "test.yaml").string();
        std::ofstream(file) << profile;
        return std::make_unique<HeadroomProcess>(
            std::vector<std::string>{"--profile", file, "--backend", backend},
            session.environment());
    }
    /// The bus is fed, and plays to the sink, straight or by way of the session manager.
    bool plays_to(const std::string &sink) const {
        const std::string links = session.run({"pw-link", "-l"});
        const auto leads = [&](const std::string &from, const std::string &to) {
            return links.find("\n" + from + "\n  |-> " + to + "\n") != links.npos;
        };
        return links.find("|-> headroom:main_in_2") != links.npos &&
               (leads("headroom:main_out_2", sink + ":playback_FR") ||
                (leads("headroom:main_out_2", "headroom-return:input_FR") &&
                 leads("headroom-out:output_FR", sink + ":playback_FR")));
    }
    bool is_ready() const { return plays_to("speakers"); }
    bool is_smart() const { return backend == "smart-filter"; }
    std::unique_ptr<Ear> listen() const {
        REQUIRE(eventually([&] { return is_ready(); }));
        return std::make_unique<Ear>(session);
    }
    bool has_sink() const {
        return session.run({"pactl", "list", "short", "sinks"}).find("\theadroom-sink\t") !=
               std::string::npos;
    }
    /// Ours, or the user's, which a smart filter leaves alone.
    bool has_usual_default() const {
        return default_sink() == (is_smart() ? "speakers\n" : "headroom-sink\n");
    }
    /// What `headroom route list` tells of each application.
    json routes() const {
        return json::parse(session.run({headroom_program(), "route", "list", "--json", "--port",
                                        std::to_string(headroom->osc_port())}));
    }
    std::string default_sink() const { return session.run({"pactl", "get-default-sink"}); }

    /// What routing_tool knows as raw.
    std::string signal_file(double seconds) const {
        std::string file = (session.folder() / "signal.wav").string();
        write_raw_signal(file, seconds);
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
        // What played before may not be at its end yet.
        REQUIRE(eventually([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            const json before = ear.heard();
            return before["raw"] == 0 && before["processed"] == 0 && before["silence"] > 0;
        }));
        play(player, seconds);
        const json heard = ear.heard();
        CAPTURE(heard.dump());
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
        CHECK(heard["other"] == 0);
        CHECK(heard["processed"] > kRate * seconds);
    }

    std::string backend = GENERATE(from_range(PipeWireSession::backends()));
    PipeWireSession session;
    std::string profile;
    std::unique_ptr<HeadroomProcess> headroom;
};

} // namespace headroom::test
