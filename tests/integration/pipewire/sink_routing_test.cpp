// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/pipewire_session.hpp"
#include "tests/support/wav_file.hpp"

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <vector>

using namespace headroom::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// The signal that routing_tool classifies, as a file.
std::string write_signal(const PipeWireSession &session, double seconds) {
    std::string file = (session.folder() / "signal.wav").string();
    write_raw_signal(file, seconds);
    return file;
}

class RoutedSession {
  public:
    RoutedSession()
        : tap_(tool({"tap", "speakers:monitor_FL", "speakers:monitor_FR"})), router_(route()) {}

    std::unique_ptr<ChildProcess> tool(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), ROUTING_TOOL);
        auto child =
            std::make_unique<ChildProcess>(std::move(arguments), session.jack_environment());
        const bool ready = child->wait_for_output("ready");
        INFO(child->standard_error());
        REQUIRE(ready);
        return child;
    }
    std::unique_ptr<ChildProcess> route() const {
        return tool(
            {"route", "headroom", backend, "", "*bypassed=bypass", "ignored=ignore", "*=main"});
    }

    json heard() {
        const auto lines = [&] {
            const std::string text = tap_->standard_output();
            return std::count(text.begin(), text.end(), '\n');
        };
        const auto before = lines();
        tap_->signal(SIGUSR1);
        REQUIRE(eventually([&] { return lines() > before; }));
        const std::string text = tap_->standard_output();
        return json::parse(text.substr(text.rfind('\n', text.size() - 2) + 1));
    }
    /// What played may not be at its end when its program is.
    void wait_for_silence() {
        REQUIRE(eventually([&] {
            std::this_thread::sleep_for(50ms);
            const json now = heard();
            return now["raw"] == 0 && now["processed"] == 0 && now["silence"] > 0;
        }));
    }
    /// Plays a file to its end; the program must end well.
    void play(std::vector<std::string> arguments) const {
        CAPTURE(arguments);
        const RunResult result = run_program(std::move(arguments), session.environment());
        CAPTURE(result.standard_error);
        CHECK(result.exit_code == 0);
    }
    json end_routing() {
        router_->signal(SIGTERM);
        REQUIRE(router_->wait() == 0);
        const std::string text = router_->standard_output();
        return json::parse(text.substr(text.find('{')));
    }

    std::string backend = GENERATE(from_range(PipeWireSession::backends()));
    PipeWireSession session;

  private:
    std::unique_ptr<ChildProcess> tap_;
    std::unique_ptr<ChildProcess> router_;
};

} // namespace

TEST_CASE("applications start 20 of 20 times, and nothing raw reaches the sink") {
    RoutedSession world;
    const double seconds = 0.25;
    const std::string file = write_signal(world.session, seconds);
    for (const char *player : {"pw-play", "paplay"})
        for (int start = 0; start < 20; ++start) {
            CAPTURE(player, start);
            world.heard();
            world.play({player, file});
            const json heard = world.heard();
            CAPTURE(heard.dump());
            CHECK(heard["raw"] == 0);
            CHECK(heard["both"] == 0);
            CHECK(heard["processed"] > 48000 * seconds);
        }
    const json report = world.end_routing();
    CHECK(report["raw_frames"] == 0);
    CHECK(report["notices"].empty());
}

TEST_CASE("a bypass rule sends an application straight to the sink") {
    RoutedSession world;
    const std::string file = write_signal(world.session, 1.0);
    SECTION("a PipeWire application") {
        world.heard();
        // Known to JACK as "pw-play/bypassed".
        world.play({"pw-play", "-P", R"({ "node.name": "bypassed" })", file});
    }
    SECTION("a PulseAudio application") {
        world.heard();
        world.play({"paplay", "--client-name=bypassed", file});
    }
    const json heard = world.heard();
    CAPTURE(heard.dump());
    CHECK(heard["raw"] > 2 * 48000 / 2);
    CHECK(heard["both"] == 0);

    // WirePlumber must not have kept the target for other applications of the same kind.
    world.wait_for_silence();
    world.play({"pw-play", file});
    world.play({"paplay", file});
    const json routed = world.heard();
    CAPTURE(routed.dump());
    CHECK(routed["raw"] == 0);
    CHECK(routed["processed"] > 48000);
    CHECK(world.end_routing()["raw_frames"] == 0);
}

TEST_CASE("an ignored application plays where it chose to") {
    RoutedSession world;
    const std::string file = write_signal(world.session, 0.5);
    world.heard();
    world.play({"paplay", "--client-name=ignored", "--device=speakers", file});
    const json heard = world.heard();
    CAPTURE(heard.dump());
    CHECK(heard["raw"] > 24000);
    CHECK(heard["processed"] == 0);
    CHECK(world.end_routing()["raw_frames"] == 0);
}

TEST_CASE("a routed application that chose the real sink is brought back") {
    RoutedSession world;
    const std::string file = write_signal(world.session, 1.5);
    world.heard();
    world.play({"paplay", "--device=speakers", file});
    const json heard = world.heard();
    CAPTURE(heard.dump());
    CHECK(heard["processed"] > 48000);
    const json report = world.end_routing();
    CAPTURE(report.dump());
    CHECK(report["raw_frames"] > 0);
    CHECK(report["raw_frames"] < 48000);
}

TEST_CASE("without the router applications are heard on the real sink") {
    RoutedSession world;
    const std::string file = write_signal(world.session, 0.5);
    world.end_routing();
    world.heard();
    world.play({"pw-play", file});
    world.play({"paplay", file});
    const json heard = world.heard();
    CAPTURE(heard.dump());
    CHECK(heard["raw"] > 2 * 24000);
}

TEST_CASE("the real sink's return is met by the bus") {
    RoutedSession world;
    world.session.destroy_node("speakers");
    world.session.add_sink("speakers");
    auto tap = world.tool({"tap", "speakers:monitor_FL", "speakers:monitor_FR"});
    const std::string file = write_signal(world.session, 1.0);
    world.play({"pw-play", file});
    tap->signal(SIGTERM);
    REQUIRE(tap->wait() == 0);
    const std::string text = tap->standard_output();
    const json heard = json::parse(text.substr(text.find('{')));
    CAPTURE(heard.dump());
    CHECK(heard["processed"] > 48000);
    CHECK(heard["raw"] == 0);
}
