// SPDX-License-Identifier: GPL-3.0-or-later
// The program ends in every way there is; no application is left without its sink.
#include "jack_client/jack/watchdog.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <csignal>
#include <set>

using namespace headroom::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using Links = std::set<std::string>;

/// A server with an application on its sink, and a place to remember things in.
struct CrashedStudio {
    TemporaryFolder state;
    JackServer server;
    ProbeClient game{server.name(), "game", 2, 0};

    CrashedStudio() { connect_itself(); }

    void connect_itself() {
        game.ask_to_connect("game:play_1", "system:playback_1");
        game.ask_to_connect("game:play_2", "system:playback_2");
    }
    ChildProcess::Environment environment() const {
        auto out = server.environment();
        out["XDG_STATE_HOME"] = state.path();
        return out;
    }
    std::unique_ptr<HeadroomProcess> run(std::vector<std::string> options = {}) const {
        return std::make_unique<HeadroomProcess>(std::move(options), environment());
    }
    json restore(std::vector<std::string> options = {}) const {
        options.insert(options.begin(), {headroom_program(), "restore", "--json"});
        const RunResult result = run_program(std::move(options), environment());
        INFO(result.standard_error);
        REQUIRE(result.exit_code == 0);
        return json::parse(result.standard_output);
    }
    bool becomes(const Links &left, const Links &right) const {
        return eventually([&] {
            const auto one = game.connections("game:play_1");
            const auto two = game.connections("game:play_2");
            return Links(one.begin(), one.end()) == left && Links(two.begin(), two.end()) == right;
        });
    }
    bool is_routed() const { return becomes({"headroom:main_in_1"}, {"headroom:main_in_2"}); }
    bool is_on_its_sink() const { return becomes({"system:playback_1"}, {"system:playback_2"}); }
    bool is_silent() const { return becomes({}, {}); }
};

void kill_now(HeadroomProcess &headroom) {
    headroom.process().signal(SIGKILL);
    REQUIRE(headroom.process().wait() == 128 + SIGKILL);
}

} // namespace

TEST_CASE("after kill -9, headroom restore puts an application back on its sink") {
    CrashedStudio studio;
    auto headroom = studio.run();
    REQUIRE(studio.is_routed());
    CHECK(studio.restore().at("notice").get<std::string>().find("running") != std::string::npos);
    CHECK(studio.is_routed());
    kill_now(*headroom);
    CHECK(studio.is_silent());
    CHECK(studio.restore().at("links").size() == 2);
    CHECK(studio.is_on_its_sink());
    CHECK(studio.restore().at("links").empty());
}

TEST_CASE("after kill -9, the next start takes over what was owed") {
    CrashedStudio studio;
    auto headroom = studio.run();
    REQUIRE(studio.is_routed());
    for (int crash = 0; crash < 3; ++crash) {
        CAPTURE(crash);
        kill_now(*headroom);
        REQUIRE(studio.is_silent());
        headroom = studio.run();
        CHECK(studio.is_routed());
        // And the server calls it.
        CHECK(eventually([&] { return headroom->status("callbacks") != "0"; }));
        CHECK(studio.is_routed());
    }
    headroom->finish();
    CHECK(studio.is_on_its_sink());
    CHECK(studio.restore().at("links").empty());
}

TEST_CASE("at its end the program leaves applications on their sink, or silent as asked") {
    CrashedStudio studio;
    {
        auto headroom = studio.run();
        REQUIRE(studio.is_routed());
        headroom->finish();
        CHECK(studio.is_on_its_sink());
    }
    auto headroom = studio.run({"--at-end", "mute"});
    REQUIRE(studio.is_routed());
    SECTION("by a signal") {
        headroom->finish();
    }
    SECTION("by kill -9") {
        kill_now(*headroom);
    }
    CHECK(studio.is_silent());
    CHECK(studio.restore().at("notice").get<std::string>().find("silent") != std::string::npos);
    CHECK(studio.is_silent());
    CHECK(studio.restore({"--unmute"}).at("links").size() == 2);
    CHECK(studio.is_on_its_sink());
}

TEST_CASE("an engine that is not called for two seconds gives the applications back, and says so") {
    CrashedStudio studio;
    auto headroom = studio.run();
    REQUIRE(studio.is_routed());
    kill(studio.server.pid(), SIGSTOP);
    const bool told = eventually([&] {
        return headroom->status("notice").find("not called the engine") != std::string::npos;
    });
    kill(studio.server.pid(), SIGCONT);
    CHECK(told);
    CHECK(eventually([&] { return headroom->status("notice").empty(); }));
    CHECK(studio.is_routed());
    headroom->finish();
    CHECK(studio.is_on_its_sink());
}

TEST_CASE("the watchdog waits two seconds, and trusts the engine again with the next callback") {
    headroom::jack::Watchdog watchdog;
    auto now = headroom::jack::Watchdog::TimePoint{1h};
    watchdog.restart(now);
    std::uint64_t callbacks = 7;
    for (int i = 0; i < 19; ++i)
        watchdog.look(callbacks, now += 100ms);
    CHECK(watchdog.is_healthy());
    watchdog.look(callbacks, now += 200ms);
    CHECK_FALSE(watchdog.is_healthy());
    watchdog.look(++callbacks, now += 100ms);
    CHECK(watchdog.is_healthy());
    watchdog.look(callbacks, now += 2100ms);
    CHECK_FALSE(watchdog.is_healthy());
    watchdog.restart(now);
    CHECK(watchdog.is_healthy());
}
