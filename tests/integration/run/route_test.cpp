// SPDX-License-Identifier: GPL-3.0-or-later
// headroom route, on a real JACK server.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>

using namespace headroom::test;
using nlohmann::json;

namespace {

constexpr const char *kProfile = R"(
buses: { main: , phones: { sink: none } }
rules:
  - { name: players, match: { client: "player*", channels: 2 }, route: bypass }
  - { name: tap, connect: { from: phones, to: "recorder:record_*" } }
  - { name: rest, match: {}, route: main }
)";

struct RoutedStudio {
    TemporaryFolder folder;
    JackServer server;
    ProbeClient game{server.name(), "game", 2, 0};
    ProbeClient recorder{server.name(), "recorder", 0, 2};
    std::unique_ptr<HeadroomProcess> headroom;

    RoutedStudio() {
        std::ofstream(folder.path() / "test.yaml") << kProfile;
        start();
    }
    void start() {
        auto environment = server.environment();
        environment["XDG_STATE_HOME"] = folder.path();
        headroom.reset();
        headroom = std::make_unique<HeadroomProcess>(
            std::vector<std::string>{"--profile", folder.path() / "test.yaml"}, environment);
    }
    RunResult route(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {headroom_program(), "route"});
        arguments.insert(arguments.end(), {"--port", std::to_string(headroom->osc_port())});
        return run_program(std::move(arguments));
    }
    json answer(std::vector<std::string> arguments) const {
        arguments.emplace_back("--json");
        const RunResult result = route(std::move(arguments));
        INFO(result.standard_error);
        REQUIRE(result.exit_code == 0);
        return json::parse(result.standard_output);
    }
    bool goes_to(const std::vector<std::string> &ports) const {
        return eventually([&] {
            auto found = game.connections("game:play_1");
            std::sort(found.begin(), found.end());
            return found == ports;
        });
    }
};

} // namespace

TEST_CASE("route list, set, unset and test speak to the running program") {
    RoutedStudio studio;
    REQUIRE(studio.goes_to({"headroom:main_in_1"}));
    CHECK(eventually([&] {
        const auto taps = studio.recorder.connections("recorder:record_1");
        return taps == std::vector<std::string>{"headroom:phones_out_1"};
    }));

    // A link stands in the graph a moment before it is told.
    json game;
    REQUIRE(eventually([&] {
        for (const json &one : studio.answer({"list"}))
            if (one.at("name") == "game")
                game = one;
        return !game.is_null() && game.at("links").size() == 2;
    }));
    CHECK(game.at("route") == "main");
    CHECK(game.at("rule") == "rest");
    CHECK(game.at("links")[0] == json{{"from", "game:play_1"}, {"to", "headroom:main_in_1"}});

    const json tested = studio.answer({"test", "game"});
    CHECK(tested.at("route") == "main");
    CHECK(tested.at("rules").size() == 2);
    CHECK(tested.at("rules")[0].at("reason") == "client \"game\" is not \"player*\"");
    CHECK(studio.answer({"test", "game", "--profile", studio.folder.path() / "test.yaml"})
              .at("rules") == tested.at("rules"));

    CHECK(studio.route({"set", "game", "main+phones"}).exit_code == 0);
    CHECK(studio.goes_to({"headroom:main_in_1", "headroom:phones_in_1"}));
    CHECK(studio.route({"set", "game", "bypass"}).exit_code == 0);
    CHECK(studio.goes_to({"system:playback_1"}));

    studio.start(); // what was set is kept
    CHECK(studio.goes_to({"system:playback_1"}));
    CHECK(studio.answer({"test", "game"}).at("rules")[0].at("rule") == "set at run time");
    const RunResult refused = studio.route({"set", "game", "phonse"});
    CHECK(refused.exit_code == 1);
    CHECK(refused.standard_error.find("did you mean phones?") != std::string::npos);

    CHECK(studio.headroom->osc().request({"/headroom/route/game", {std::string("phones")}}));
    CHECK(studio.goes_to({"headroom:phones_in_1"}));
    CHECK(studio.route({"unset", "game"}).exit_code == 0);
    CHECK(studio.goes_to({"headroom:main_in_1"}));
    CHECK(studio.route({"unset", "game"}).exit_code == 1);
}
