// SPDX-License-Identifier: GPL-3.0-or-later
// Clients that are not two ports playing to the first two outputs.
#include "jack_client/graph/graph_view.hpp"
#include "tests/unit/graph/routed_world.hpp"

#include <random>

using namespace headroom;
using namespace headroom::test;

namespace {

std::vector<std::string> counted(std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 1; i <= count; ++i)
        out.push_back("out_" + std::to_string(i));
    return out;
}

/// Sound of the client arrives somewhere, in a bus or at a sink.
bool is_heard(const RoutedWorld &world, const std::string &client) {
    return !world.graph.links_from(client).empty();
}

/// Four outputs and an effect, as JACK2 has them.
struct StudioWorld : RoutedWorld {
    StudioWorld() {
        graph.add_sink("system", {"playback_3", "playback_4"});
        graph.add_inputs("fx", {"in_1", "in_2"});
        start();
        graph.add_outputs("fx", {"out_1", "out_2"});
        graph.self_connect("fx");
        run(100ms);
    }
    std::set<Link> play_to(const std::string &client, const std::string &one,
                           const std::string &two) {
        graph.add_outputs(client, counted(2));
        const std::set<Link> links{{client + ":out_1", one}, {client + ":out_2", two}};
        for (const Link &link : links)
            graph.user_links(link);
        return links;
    }
};

} // namespace

TEST_CASE("a client of any number of ports is heard with its notice, or in the bus") {
    const auto backend = GENERATE(Backend::direct, Backend::null_sink, Backend::smart_filter);
    const std::size_t count = GENERATE(1u, 2u, 3u, 4u, 6u, 8u, 9u, 64u);
    CAPTURE(static_cast<int>(backend), count);
    RoutedWorld world(backend);
    world.start();
    const bool chose_speakers = backend != Backend::direct && GENERATE(false, true);
    world.graph.add_outputs("player", counted(count));
    world.graph.self_connect("player", chose_speakers ? "speakers" : "");
    world.run(3000ms);
    CHECK(is_heard(world, "player"));
    CHECK((count <= 2) == world.application("player").notice.empty());
    world.reconciler.end(graph::AtEnd::restore);
    world.graph.advance(1000ms);
    CHECK(is_heard(world, "player"));
}

TEST_CASE("what the server does not connect to its bus stays at its sink") {
    RoutedWorld world;
    world.start();
    world.graph.refuse_connects("player", true);
    world.graph.refused_to = "headroom";
    world.play("player");
    world.run(200ms);
    CHECK(world.straight_to_sink("player"));
    world.run(10000ms);
    CHECK(world.straight_to_sink("player"));
    CHECK_FALSE(world.application("player").notice.empty());
    world.graph.refuse_connects("player", false);
    world.run(11000ms);
    CHECK(world.only_through_bus("player"));
}

TEST_CASE("a client that becomes active is linked at once, however long that took") {
    RoutedWorld world;
    world.start();
    world.graph.refuse_connects("mpd", true);
    world.graph.add_outputs("mpd", counted(2));
    world.run(std::chrono::milliseconds(GENERATE(500, 3000, 6000, 12000)));
    world.graph.refuse_connects("mpd", false);
    world.graph.announce("mpd");
    world.run(2ms);
    CHECK(world.only_through_bus("mpd"));
}

TEST_CASE("what plays into another program is left to it, and the last one is taken") {
    StudioWorld world;
    CHECK(world.only_through_bus("fx"));
    const auto links = world.play_to("player", "fx:in_1", "fx:in_2");
    world.run(3000ms);
    CHECK(world.graph.links_from("player") == links);
    CHECK(world.application("player").notice == "plays to fx, which no bus feeds; left as it is");
    CHECK(world.only_through_bus("fx"));
    SECTION("also when the effect has gone") {
        world.graph.remove_client("fx");
        world.run(3000ms);
        CHECK(world.graph.links_from("player").empty());
    }
    SECTION("until it plays to the sink") {
        world.graph.user_links({"player:out_1", "system:playback_1"});
        world.run(1000ms);
        CHECK(world.graph.linked("player:out_1", "headroom:main_in_1"));
        CHECK_FALSE(world.graph.linked("player:out_1", "system:playback_1"));
        CHECK(world.graph.linked("player:out_1", "fx:in_1"));
    }
    SECTION("and keeps its links at the end") {
        world.reconciler.end(graph::AtEnd::restore);
        CHECK(world.graph.links_from("player") == links);
    }
}

TEST_CASE("what plays to outputs that no bus feeds is heard there and nowhere else") {
    StudioWorld world;
    const auto links = world.play_to("player", "system:playback_3", "system:playback_4");
    world.run(3000ms);
    CHECK(world.graph.links_from("player") == links);
    CHECK(world.application("player").notice.find("system:playback_3") != std::string::npos);
    world.graph.add_inputs("alsa_out", {"playback_1", "playback_2"});
    const auto other = world.play_to("other", "alsa_out:playback_1", "alsa_out:playback_2");
    world.run(3000ms);
    CHECK(world.graph.links_from("other") == other);
    CHECK(world.reconciler.raw_frames() < 1000);
}

TEST_CASE("an application that connects itself again later is never heard twice") {
    RoutedWorld world;
    world.start();
    world.play("player");
    world.run(5000ms);
    world.graph.self_connect("player");
    world.run(10ms);
    CHECK(world.only_through_bus("player"));
    CHECK_FALSE(world.application("player").notice.empty());
}

TEST_CASE("a sink with a colon in its name is a sink, and its monitor nobody's sound") {
    RoutedWorld world(Backend::null_sink);
    world.graph.add_sink("Focusrite: Scarlett 2i2", {"playback_FL", "playback_FR"},
                         {"monitor_FL", "monitor_FR"});
    world.graph.add_sink("Tunnel to tcp:10.0.0.2", {"playback_FL"}, {"monitor_FL"});
    world.setup.buses[0].sink = "Focusrite: Scarlett 2i2";
    world.start();
    world.run(3000ms);
    CHECK(world.reconciler.applications().empty());
    CHECK(world.graph.linked("headroom:main_out_1", "Focusrite: Scarlett 2i2:playback_FL"));
    CHECK(graph::client_of("Carla:Synth:out 1") == "Carla");
    CHECK(graph::client_of("a: b:c:output_FL") == "a: b:c");
}

TEST_CASE("a player that links its left output to both sides is heard on both") {
    RoutedWorld world;
    world.start();
    world.graph.add_outputs("mpd", {"left", "right"});
    world.graph.user_links({"mpd:left", "system:playback_1"});
    world.graph.user_links({"mpd:left", "system:playback_2"});
    world.run(3000ms);
    CHECK(world.graph.links_from("mpd") == std::set<Link>{{"mpd:left", "headroom:main_in_1"},
                                                          {"mpd:left", "headroom:main_in_2"},
                                                          {"mpd:right", "headroom:main_in_2"}});
    world.reconciler.end(graph::AtEnd::restore);
    CHECK(world.graph.links_from("mpd") ==
          std::set<Link>{{"mpd:left", "system:playback_1"}, {"mpd:left", "system:playback_2"}});
}

TEST_CASE("a mono sink gets both sides") {
    RoutedWorld world;
    world.graph.remove_client("system");
    world.graph.add_sink("headset", {"playback_MONO"});
    world.start();
    CHECK(world.graph.linked("headroom:main_out_1", "headset:playback_MONO"));
    CHECK(world.graph.linked("headroom:main_out_2", "headset:playback_MONO"));
    REQUIRE(world.reconciler.notices().size() == 1);
    CHECK(world.reconciler.notices().front().find("is mono") != std::string::npos);
}

TEST_CASE("a pair that is announced port by port is connected as a pair") {
    RoutedWorld world;
    world.setup.connections = {{.name = "in", .from = "guitar", .to = "main"}};
    world.setup.rules = {rule("*", ignore())};
    world.start();
    world.graph.operations.clear();
    world.graph.add_outputs("guitar", {"out_1"});
    world.run(2ms);
    world.graph.add_outputs("guitar", {"out_2"});
    world.run(1000ms);
    CHECK(world.only_through_bus("guitar"));
    CHECK(world.graph.operations.size() == 2);
}

namespace {

/// The same things happen with headroom and without.
class TwoWorlds {
  public:
    explicit TwoWorlds(unsigned seed) : random_(seed) {
        const std::size_t width = std::vector<std::size_t>{1, 2, 4, 8}[number(4)];
        for (std::size_t i = 1; i <= width; ++i)
            sink_.push_back("playback_" + std::to_string(i));
        both([&](SimulatedGraph &graph) {
            graph.remove_client("system");
            graph.add_sink("system", sink_);
            graph.add_sink("usb", {"playback_1", "playback_2"});
            graph.add_inputs("meter", {"in_1"});
        });
        with.start();
    }

    void happen() {
        static const std::vector<std::string> names{
            "player", "a: b", "[x]", "Music [1]: live", std::string(300, 'n'), "fx", "fx 2"};
        const std::string &name = names[number(names.size())];
        switch (number(6)) {
        case 0:
            both([&](SimulatedGraph &graph) { graph.remove_client(name); });
            playing_.erase(name);
            break;
        case 1:
            toggle_sink();
            break;
        case 2:
            with.run(std::chrono::milliseconds(number(5000)));
            break;
        default:
            if (!playing_.contains(name))
                start(name);
        }
        with.run(std::chrono::milliseconds(number(60)));
    }

    void check() {
        if (!sink_there_)
            toggle_sink();
        with.run(12000ms);
        const std::string plugged = with.graph.links_from("headroom").empty() ? "" : "headroom:";
        for (const std::string &name : playing_) {
            CAPTURE(name);
            REQUIRE(is_heard(with.graph, name) >= is_heard(without, name));
            for (const Link &link : with.graph.links_from(name))
                if (link.to.starts_with(plugged) && !plugged.empty())
                    for (const std::string &port : fed())
                        REQUIRE_FALSE(with.graph.linked(link.from, port));
        }
        with.reconciler.end(graph::AtEnd::restore);
        for (const std::string &name : playing_) {
            CAPTURE(name);
            // What never found a sink by itself has got the default one.
            if (!without.links_from(name).empty())
                REQUIRE(with.graph.links_from(name) == without.links_from(name));
        }
    }

    RoutedWorld with;
    SimulatedGraph without;

  private:
    std::size_t number(std::size_t below) { return random_() % below; }
    template <class What> void both(What what) {
        what(with.graph);
        what(without);
    }
    std::set<std::string> fed() const {
        std::set<std::string> out;
        for (const Link &link : with.graph.links_from("headroom"))
            out.insert(link.to);
        return out;
    }
    /// Through however many programs, to a sink.
    static bool is_heard(const SimulatedGraph &graph, const std::string &client) {
        std::set<std::string> seen;
        std::vector<std::string> open{client};
        while (!open.empty()) {
            const std::string next = open.back();
            open.pop_back();
            if (next == "system" || next == "usb")
                return true;
            if (seen.insert(next).second)
                for (const Link &link : graph.links_from(next))
                    open.push_back(graph::client_of(link.to));
        }
        return false;
    }

    void start(const std::string &name) {
        const auto ports = counted(1 + (number(3) == 0 ? number(64) : number(2)));
        const bool is_effect = name.starts_with("fx");
        const bool by_and_by = number(2) == 0;
        if (is_effect)
            both([&](SimulatedGraph &graph) { graph.add_inputs(name, {"in_1", "in_2"}); });
        for (const std::string &port : ports) {
            both([&](SimulatedGraph &graph) { graph.add_outputs(name, {port}); });
            if (by_and_by && ports.size() < 9)
                with.run(std::chrono::milliseconds(number(6)));
        }
        with.run(std::chrono::milliseconds(number(3) * 30));
        static const std::vector<std::string> ends{"", "", "usb", "fx", "system:playback_3"};
        std::string end = ends[number(is_effect ? 3 : ends.size())];
        if (end == "system:playback_3")
            both([&](SimulatedGraph &graph) { graph.user_links({name + ":" + ports[0], end}); });
        else
            both([&](SimulatedGraph &graph) { graph.self_connect(name, end); });
        playing_.insert(name);
    }
    /// All that play connect themselves again, as they did not notice.
    void toggle_sink() {
        sink_there_ = !sink_there_;
        both([&](SimulatedGraph &graph) {
            if (sink_there_)
                graph.add_sink("system", sink_);
            else
                graph.remove_client("system");
            graph.default_sink = "system";
        });
        playing_.clear();
        both([&](SimulatedGraph &graph) {
            for (const auto *name : {"player", "a: b", "[x]", "Music [1]: live", "fx", "fx 2"})
                graph.remove_client(name);
            graph.remove_client(std::string(300, 'n'));
        });
    }

    std::mt19937 random_;
    std::vector<std::string> sink_;
    std::set<std::string> playing_;
    bool sink_there_ = true;
};

} // namespace

TEST_CASE("whoever is heard without us is heard with us, once, and afterwards as before") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        TwoWorlds worlds(seed);
        for (int i = 0; i < 25; ++i)
            worlds.happen();
        worlds.check();
    }
}
