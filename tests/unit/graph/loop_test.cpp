// SPDX-License-Identifier: GPL-3.0-or-later
// Buses that would hear themselves, and players that spread themselves.
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("what a bus plays into does not play into the bus") {
    RoutedWorld world;
    world.graph.add_inputs("fx", {"in_1", "in_2"});
    world.graph.add_outputs("fx", {"out_1", "out_2"});
    SECTION("by the sink of the bus") {
        world.setup.buses[0].sink = "fx";
        world.graph.self_connect("fx");
        world.start();
        CHECK(world.graph.linked("headroom:main_out_1", "fx:in_1"));
        CHECK(world.application("fx").notice ==
              "bus main would hear itself: main > fx > main; left as it is");
    }
    SECTION("by a rule, through another program") {
        world.graph.add_inputs("eq", {"in_1", "in_2"});
        world.graph.add_outputs("eq", {"out_1", "out_2"});
        world.setup.connections = {{.name = "out", .from = "main", .to = "eq"},
                                   {.name = "back", .from = "fx", .to = "main"}};
        world.graph.user_links({"eq:out_1", "fx:in_1"});
        world.graph.self_connect("fx");
        world.start();
        CHECK(world.graph.linked("headroom:main_out_1", "eq:in_1"));
        CHECK(world.application("fx").notice.find("main > eq > fx > main") != std::string::npos);
        REQUIRE(world.reconciler.notices().size() == 1);
        CHECK(world.reconciler.notices().front() == "back: fx is not connected to bus main, which "
                                                    "would hear itself: main > eq > fx > main");
    }
    CHECK(world.straight_to_sink("fx"));
    world.play("player");
    world.run(1000ms);
    CHECK(world.only_through_bus("player"));
}

TEST_CASE("a DAW that plays into a bus may record it") {
    RoutedWorld world;
    world.start();
    world.graph.add_inputs("daw", {"in_1", "in_2"});
    world.graph.add_outputs("daw", {"out_1", "out_2"});
    world.graph.self_connect("daw");
    world.run(3000ms);
    REQUIRE(world.only_through_bus("daw"));
    world.graph.user_links({"headroom:main_out_1", "daw:in_1"});
    world.run(1000ms);
    CHECK(world.only_through_bus("daw"));
    CHECK(world.application("daw").notice.empty());
}

TEST_CASE("a port that its player connected to both outputs is heard at both") {
    RoutedWorld world;
    world.start();
    world.graph.add_outputs("mpd", {"left", "right"});
    world.graph.user_links({"mpd:left", "system:playback_1"});
    world.graph.user_links({"mpd:left", "system:playback_2"});
    world.run(1000ms);
    CHECK(world.graph.links_from("mpd") == std::set<Link>{{"mpd:left", "headroom:main_in_1"},
                                                          {"mpd:left", "headroom:main_in_2"},
                                                          {"mpd:right", "headroom:main_in_2"}});
    world.setup.rules = {rule("*", bypass())};
    world.reconciler.configure(world.setup);
    world.run(1000ms);
    CHECK(world.graph.links_from("mpd") ==
          std::set<Link>{{"mpd:left", "system:playback_1"}, {"mpd:left", "system:playback_2"}});
}
