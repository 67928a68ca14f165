// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/graph_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/routing_tool.hpp"

#include <algorithm>
#include <csignal>
#include <set>

using namespace headroom;
using namespace headroom::test;
using namespace std::chrono_literals;
using graph::Link;
using nlohmann::json;

namespace {

using Links = std::set<Link>;

/// A real server with a sink that classifies every frame, and the router under test. JACK2's
/// clients find each other by client name alone, whatever their server; so that tests can run side
/// by side, each name here ends in the server's.
class RoutedServer {
  public:
    explicit RoutedServer(JackServer::Options options = {})
        : server_(options), sink_(tool({"sink", name("speakers")})) {
        auto graph = jack::GraphClient::open(name("watcher"), server_.name());
        REQUIRE(graph.has_value());
        graph_ = std::move(*graph);
    }

    std::string name(const std::string &client) const { return client + "." + server_.name(); }
    Links to_bus(const std::string &client) const {
        return {{name(client) + ":out_1", name("headroom") + ":main_in_1"},
                {name(client) + ":out_2", name("headroom") + ":main_in_2"}};
    }
    Links to_sink(const std::string &client) const {
        return {{name(client) + ":out_1", name("speakers") + ":playback_1"},
                {name(client) + ":out_2", name("speakers") + ":playback_2"}};
    }

    std::unique_ptr<ChildProcess> tool(std::vector<std::string> arguments) const {
        return start_routing_tool(std::move(arguments), server_.environment());
    }
    std::unique_ptr<ChildProcess> route() const {
        return tool({"route", name("headroom"), "direct", name("speakers"), "bypassed.*=bypass",
                     "ignored.*=ignore", "*=main"});
    }
    std::unique_ptr<ChildProcess> play(const std::string &client) const {
        return tool({"play", name(client), name("speakers")});
    }

    Links links_from(const std::string &client) const {
        Links out;
        for (const Link &link : graph_->snapshot().links)
            if (link.from.starts_with(name(client) + ":"))
                out.insert(link);
        return out;
    }
    bool becomes(const std::string &client, const Links &links) const {
        return eventually([&] { return links_from(client) == links; });
    }
    /// Holds for the whole time.
    bool stays(const std::string &client, const Links &links,
               std::chrono::milliseconds time) const {
        return !eventually([&] { return links_from(client) != links; }, time);
    }
    void by_hand(const char *program, const Link &link) const {
        CHECK(run_program({program, link.from, link.to}, server_.environment()).exit_code == 0);
    }

    /// What has arrived at the sink since the last report.
    json heard() { return sink_.heard(); }
    /// Lets at least so much of a kind arrive.
    json hear(const char *kind, int frames) {
        json total = heard();
        REQUIRE(eventually([&] {
            const json more = heard();
            for (const auto &[key, value] : more.items())
                total[key] = total[key].get<int>() + value.get<int>();
            return total[kind] >= frames;
        }));
        return total;
    }

  private:
    JackServer server_;
    RoutingMeter sink_;
    std::unique_ptr<jack::GraphClient> graph_;
};

json finish(ChildProcess &child) {
    child.signal(SIGTERM);
    REQUIRE(child.wait() == 0);
    const std::string text = child.standard_output();
    return json::parse(text.substr(text.find('{')));
}

} // namespace

TEST_CASE("a routed application arrives only through the bus") {
    RoutedServer world;
    auto router = world.route();
    // Of several starts, since a busy machine takes its time over some: at most two periods in
    // each channel before the application is silent.
    constexpr std::size_t kStarts = 7;
    constexpr int kMostRaw_frames = 512;
    std::vector<int> raw_frames;
    for (std::size_t start = 0; start < kStarts; ++start) {
        world.heard();
        auto application = world.play("player");
        REQUIRE(world.becomes("player", world.to_bus("player")));
        const json first = world.heard();
        raw_frames.push_back((first["raw"].get<int>() + first["both"].get<int>()) / 2);
        const json heard = world.hear("processed", 20000);
        CAPTURE(heard.dump());
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
        CHECK(heard["other"] == 0);
        application->signal(SIGTERM);
        CHECK(application->wait() == 0);
    }
    std::sort(raw_frames.begin(), raw_frames.end());
    CAPTURE(raw_frames);
    CHECK(raw_frames[kStarts / 2] <= kMostRaw_frames);
    const json report = finish(*router);
    CHECK(report["raw_frames"] > 0);
    CHECK(report["raw_frames"] < kStarts * 48000);
    CHECK(report["notices"].empty());
}

TEST_CASE("nothing raw where the server ignores self-connections") {
    RoutedServer world({.allow_self_connect = false});
    auto router = world.route();
    auto bypassed = world.play("bypassed");
    CHECK(world.becomes("bypassed", world.to_sink("bypassed")));
    bypassed->signal(SIGTERM);
    CHECK(bypassed->wait() == 0);
    CHECK(world.becomes("bypassed", {}));
    world.heard();
    for (int start = 0; start < 5; ++start) {
        auto application = world.play("player");
        const json heard = world.hear("processed", 10000);
        CAPTURE(heard.dump());
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
    }
    CHECK(finish(*router)["raw_frames"] == 0);
}

TEST_CASE("a bypassed application keeps its own links and its samples bit for bit") {
    RoutedServer world;
    auto router = world.route();
    auto application = world.play("bypassed");
    CHECK(world.links_from("bypassed") == world.to_sink("bypassed"));
    const json heard = world.hear("raw", 5 * 48000);
    CAPTURE(heard.dump());
    CHECK(heard["runs"] == 2);
    CHECK(heard["breaks"].get<int>() <= 4 * heard["xruns"].get<int>());
    CHECK(heard["processed"] == 0);
    CHECK(heard["both"] == 0);
    CHECK(heard["other"] == 0);
    CHECK(world.links_from("bypassed") == world.to_sink("bypassed"));
    const json report = finish(*router);
    CHECK(report["raw_frames"] == 0);
    CHECK(report["routes"][world.name("bypassed")] == "bypass");
}

TEST_CASE("an ignored application is left alone") {
    RoutedServer world;
    auto router = world.route();
    auto application = world.play("ignored");
    CHECK(world.stays("ignored", world.to_sink("ignored"), 1500ms));
}

TEST_CASE("what the user connects by hand stays") {
    RoutedServer world;
    auto router = world.route();
    auto application = world.play("player");
    REQUIRE(world.becomes("player", world.to_bus("player")));
    std::this_thread::sleep_for(3000ms); // the time in which an application connects itself
    for (const Link &link : world.to_bus("player"))
        world.by_hand("jack_disconnect", link);
    for (const Link &link : world.to_sink("player"))
        world.by_hand("jack_connect", link);
    CHECK(world.becomes("player", world.to_sink("player")));
    CHECK(world.stays("player", world.to_sink("player"), 2500ms));
    const std::string bus = world.name("headroom");
    const std::string sink = world.name("speakers");
    world.by_hand("jack_disconnect", {bus + ":main_out_1", sink + ":playback_1"});
    CHECK(world.stays("headroom", {{bus + ":main_out_2", sink + ":playback_2"}}, 1500ms));

    // With the next start of the application the rules hold again.
    application->signal(SIGTERM);
    REQUIRE(application->wait() == 0);
    application = world.play("player");
    CHECK(world.becomes("player", world.to_bus("player")));
}

TEST_CASE("an application that connects itself again and again gets its way, and is named") {
    RoutedServer world;
    auto router = world.route();
    auto stubborn = world.tool({"insist", world.name("stubborn"), world.name("speakers")});
    auto player = world.play("player");
    CHECK(world.becomes("player", world.to_bus("player")));
    CHECK(world.becomes("stubborn", world.to_sink("stubborn")));
    CHECK(world.stays("stubborn", world.to_sink("stubborn"), 3000ms));
    CHECK(world.links_from("player") == world.to_bus("player"));
    const json report = finish(*router);
    CHECK(report["conflicts"] ==
          json{{world.name("stubborn"),
                world.name("stubborn") + " keeps connecting itself to its sink; left alone"}});
}

TEST_CASE("at the end every application is back on its sink") {
    RoutedServer world;
    auto router = world.route();
    auto application = world.play("player");
    REQUIRE(world.becomes("player", world.to_bus("player")));
    finish(*router);
    CHECK(world.becomes("player", world.to_sink("player")));
    CHECK(world.hear("raw", 10000)["other"] == 0);
}
