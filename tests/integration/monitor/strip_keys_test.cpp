// SPDX-License-Identifier: GPL-3.0-or-later
// The monitor's keys for one application, on a real server.
#include "tests/integration/monitor/monitor_stage.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

using namespace headroom::test;

namespace {

struct StripStage : MonitorStage {
    ProbeClient game{server.name(), "game", 2, 0};

    StripStage() {
        start_headroom("buses: { main: , phones: }\n");
        start_monitor();
    }
    /// The row of an application.
    std::string row(const std::string &name) const {
        std::istringstream lines(terminal->screen());
        for (std::string line; std::getline(lines, line);)
            if (line.find("  " + name + " ") == 0 || line.find("> " + name + " ") == 0)
                return line;
        return {};
    }
    bool row_shows(const std::string &name, const std::string &text) const {
        return eventually([&] { return row(name).find(text) != std::string::npos; });
    }
    void choose(const std::string &name, const std::string &other) const {
        REQUIRE(eventually([&] { return !row(name).empty() && !row(other).empty(); }));
        if (row(name)[0] != '>')
            terminal->press(terminal->screen().find("> " + other) <
                                    terminal->screen().find("  " + name + " ")
                                ? "Down"
                                : "Up");
        REQUIRE(row_shows(name, "> " + name));
    }
    bool plays_to(const std::string &port) const {
        return eventually([&] {
            const auto ports = player.connections("player:play_1");
            return ports.size() == 1 && ports[0].find(port) == 0;
        });
    }
};

} // namespace

TEST_CASE("keys of the monitor play on the strip and the route of the chosen application") {
    StripStage stage;
    Terminal &terminal = *stage.terminal;
    stage.choose("player", "game");
    // A tone for all that follows.
    Channels tone(2, std::vector<float>(48000 * 120));
    for (auto &channel : tone)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] = 0.094f * std::sin(0.13f * static_cast<float>(i));
    stage.player.play(tone, stage.player.frame_ahead());
    CHECK(stage.row_shows("player", " -20.")); // its loudness

    SECTION("trim, mute and solo; an application without a strip says so") {
        terminal.press("+");
        terminal.press("=");
        CHECK(stage.becomes("strip/player/trim", 2.0));
        CHECK(stage.row_shows("player", "   2.0"));
        for (int i = 0; i < 5; ++i)
            terminal.press("-");
        CHECK(stage.becomes("strip/player/trim", -3.0));
        CHECK(stage.row_shows("player", "  -3.0"));
        terminal.press("m");
        CHECK(stage.becomes("strip/player/mute", 1.0));
        CHECK(stage.row_shows("player", " M"));
        terminal.press("m");
        CHECK(stage.becomes("strip/player/mute", 0.0));
        terminal.press("s");
        CHECK(stage.becomes("strip/player/solo", 1.0));
        CHECK(stage.row_shows("player", " S"));
        terminal.press("s");
        CHECK(stage.becomes("strip/player/solo", 0.0));

        REQUIRE(stage.headroom->set("strip/player/rider/target", -40.0f));
        REQUIRE(stage.headroom->set("strip/player/rider/on", 1.0f));
        REQUIRE(eventually(
            [&] { return stage.headroom->get("meter/strip/player/rider_gain") < -10.0; }));
        CHECK(eventually([&] { // the rider's cut, behind level and trim
            std::istringstream words(stage.row("player").substr(34));
            double level = 0.0;
            double trim = 0.0;
            double cut = 0.0;
            return words >> level >> trim >> cut && cut < -10.0;
        }));

        stage.choose("game", "player");
        terminal.press("m");
        CHECK(terminal.shows("game has no strip"));
    }
    SECTION("through every bus, bypass and ignore, and back; the other bus first") {
        for (const auto &[route, port] : std::vector<std::pair<std::string, std::string>>{
                 {"phones", "headroom:"}, {"bypass", "system:"}}) {
            terminal.press("Right");
            CHECK(stage.row_shows("player", route));
            CHECK(stage.plays_to(port));
        }
        terminal.press("Right");
        CHECK(stage.row_shows("player", "ignore"));
        terminal.press("Right");
        CHECK(stage.row_shows("player", " main"));
        CHECK(stage.plays_to("headroom:"));
        terminal.press("Left");
        CHECK(stage.row_shows("player", "ignore"));

        CHECK(eventually([&] { return terminal.screen().find("\nmain ") != std::string::npos; }));
        CHECK(terminal.screen().find("\nmain ") < terminal.screen().find("\nphones "));
        terminal.press("Tab");
        CHECK(eventually([&] {
            const std::string screen = terminal.screen();
            return screen.find("\nphones ") < screen.find("\nmain ");
        }));
    }
    SECTION("a mistake in the profile is told with its place") {
        std::ofstream(stage.profile) << "buses:\n  main:\n    limiter: { celing: -9 }\n";
        // What stands in the file is for the terminal of its owner alone.
        CHECK(terminal.shows("there is a mistake in line 3 of "));
        CHECK(terminal.screen().find("celing") == std::string::npos);
    }
}
