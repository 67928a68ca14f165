// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("a bus feeds its sink, also after the sink was away") {
    RoutedWorld world;
    world.start();
    CHECK(world.bus_plays());
    world.graph.remove_client("system");
    world.run(500ms);
    CHECK_FALSE(world.reconciler.notices().empty());
    world.graph.add_sink("system", {"playback_1", "playback_2"});
    world.run(100ms);
    CHECK(world.bus_plays());
    CHECK(world.reconciler.notices().empty());
}

TEST_CASE("a sink is found by the pattern of the bus") {
    RoutedWorld world;
    world.graph.add_sink("usb", {"playback_FR", "playback_FL", "playback_LFE"});
    world.setup.buses[0].sink = "us?";
    world.start();
    CHECK(world.graph.links_from("headroom") ==
          std::set<Link>{{"headroom:main_out_1", "usb:playback_FL"},
                         {"headroom:main_out_2", "usb:playback_FR"}});
}

TEST_CASE("a routed application arrives only through the bus") {
    RoutedWorld world;
    SECTION("one that was there before") {
        world.play("player");
        world.start();
        CHECK(world.reconciler.raw_frames() == 0);
    }
    SECTION("one that starts later") {
        world.start();
        world.play("player");
        world.run(100ms);
    }
    SECTION("one that connects itself long after its ports appeared") {
        world.start();
        world.graph.add_outputs("player", {"out_1", "out_2"});
        world.run(1500ms);
        world.graph.self_connect("player");
        world.run(100ms);
    }
    SECTION("one that keeps trying, slowly") {
        world.start();
        for (int i = 0; i < 10; ++i) {
            world.play("player");
            world.run(1000ms);
        }
    }
    SECTION("on a server that shows links late") {
        world.graph.link_delay = 5ms;
        world.start();
        world.play("player");
        world.run(200ms);
    }
    SECTION("whose ports come one by one") {
        world.start();
        world.graph.add_outputs("player", {"out_1"});
        world.run(20ms);
        CHECK(world.graph.links_from("player").size() == 2);
        world.graph.add_outputs("player", {"out_2"});
        world.graph.self_connect("player");
        world.run(100ms);
    }
    CHECK(world.only_through_bus("player"));
    CHECK(world.application("player").route == to_bus());
    CHECK(world.application("player").notice.empty());
    CHECK(world.application("player").links.size() == 2);
}

TEST_CASE("raw frames are those from the link's event to our disconnection") {
    RoutedWorld world;
    world.start();
    world.graph.link_delay = 5ms;
    world.play("player");
    world.run(500ms);
    CHECK(world.reconciler.raw_frames() == 240);
    world.graph.remove_client("player");
    world.run(100ms);
    world.play("player");
    world.run(500ms);
    CHECK(world.reconciler.raw_frames() == 480);
}

TEST_CASE("nothing raw where applications cannot connect themselves") {
    RoutedWorld world;
    world.graph.ignore_self_connects = true;
    world.start();
    world.play("player");
    world.run(1000ms);
    CHECK(world.only_through_bus("player"));
    CHECK(world.reconciler.raw_frames() == 0);
}

TEST_CASE("a bypassed or ignored application keeps its own links") {
    RoutedWorld world;
    world.start();
    world.graph.operations.clear();
    for (const char *name : {"bypassed", "ignored"}) {
        world.play(name);
        world.run(3000ms);
        CHECK(world.straight_to_sink(name));
        world.graph.user_unlinks({std::string(name) + ":out_1", "system:playback_1"});
        world.run(3000ms);
        CHECK(world.graph.links_from(name).size() == 1);
    }
    world.graph.add_outputs("bypass unconnected", {"out_1", "out_2"});
    world.run(3000ms);
    CHECK(world.graph.operations.empty());
    CHECK(world.reconciler.raw_frames() == 0);
    CHECK(world.application("ignored").rule == "ignore*");
}

TEST_CASE("a bypassed application that cannot connect itself is linked to its sink") {
    RoutedWorld world;
    world.graph.ignore_self_connects = true;
    world.start();
    world.play("bypassed");
    world.play("ignored");
    world.run(1000ms);
    CHECK(world.straight_to_sink("bypassed"));
    CHECK(world.graph.links_from("ignored").empty());
    world.graph.user_unlinks({"bypassed:out_1", "system:playback_1"});
    world.run(3000ms);
    CHECK(world.graph.links_from("bypassed").size() == 1);
}

TEST_CASE("an application without a rule is left alone") {
    RoutedWorld world;
    world.setup.rules.clear();
    world.start();
    world.graph.operations.clear();
    world.play("player");
    world.run(1000ms);
    CHECK(world.graph.operations.empty());
    CHECK(world.application("player").route == ignore());
}

TEST_CASE("channels are mapped by name") {
    RoutedWorld world;
    world.start();
    world.graph.add_outputs("swapped", {"right", "left"});
    world.graph.add_outputs("single", {"out"});
    world.graph.add_outputs("surround", {"FL", "FR", "FC", "LFE", "RL", "RR"});
    world.graph.self_connect("surround");
    world.run(100ms);
    CHECK(world.graph.links_from("swapped") ==
          std::set<Link>{{"swapped:left", "headroom:main_in_1"},
                         {"swapped:right", "headroom:main_in_2"}});
    CHECK(world.graph.links_from("single") == std::set<Link>{{"single:out", "headroom:main_in_1"},
                                                             {"single:out", "headroom:main_in_2"}});
    CHECK(
        world.graph.links_from("surround") ==
        std::set<Link>{{"surround:FL", "system:playback_1"}, {"surround:FR", "system:playback_2"}});
    CHECK_FALSE(world.application("surround").notice.empty());
    CHECK(world.reconciler.raw_frames() == 0);
}

TEST_CASE("links to anything but a sink are nobody's business") {
    RoutedWorld world;
    world.graph.add_inputs("recorder", {"in_1"});
    world.start();
    world.play("player");
    world.graph.user_links({"player:out_1", "recorder:in_1"});
    world.run(3000ms);
    CHECK(world.graph.linked("player:out_1", "recorder:in_1"));
    CHECK(world.graph.links_from("player").size() == 3);
}

TEST_CASE("a link of ours that somebody removes stays removed until the application ends") {
    RoutedWorld world;
    world.start();
    world.play("player");
    world.run(3000ms);
    world.graph.user_unlinks({"player:out_1", "headroom:main_in_1"});
    world.run(5000ms);
    CHECK_FALSE(world.graph.linked("player:out_1", "headroom:main_in_1"));
    CHECK(world.graph.linked("player:out_2", "headroom:main_in_2"));
    world.graph.remove_client("player");
    SECTION("and is seen to be gone") {
        world.run(10ms);
    }
    SECTION("and is back before anyone looks") {}
    world.play("player");
    world.run(100ms);
    CHECK(world.only_through_bus("player"));
}

TEST_CASE("a link from the bus to its sink that somebody removes stays removed") {
    RoutedWorld world;
    world.graph.add_sink("usb", {"playback_1", "playback_2"});
    world.start();
    world.graph.user_unlinks({"headroom:main_out_1", "system:playback_1"});
    world.graph.user_unlinks({"headroom:main_out_2", "system:playback_2"});
    world.graph.user_links({"headroom:main_out_1", "usb:playback_1"});
    world.graph.user_links({"headroom:main_out_2", "usb:playback_2"});
    world.run(5000ms);
    CHECK(world.graph.links_from("headroom") ==
          std::set<Link>{{"headroom:main_out_1", "usb:playback_1"},
                         {"headroom:main_out_2", "usb:playback_2"}});
}

TEST_CASE("a late link to a sink never stands beside the bus, and replaces it by hand") {
    RoutedWorld world;
    world.start();
    world.play("player");
    world.run(3000ms);
    const auto raw = world.reconciler.raw_frames();
    const Link by_hand{"player:out_1", "system:playback_1"};
    world.graph.user_links(by_hand);
    world.run(5000ms);
    CHECK(world.only_through_bus("player"));
    CHECK(world.application("player").notice.find("'headroom route set player bypass'") !=
          std::string::npos);
    CHECK(world.reconciler.raw_frames() == raw);
    world.graph.user_unlinks({"player:out_1", "headroom:main_in_1"});
    world.run(100ms);
    world.graph.user_links(by_hand);
    world.run(5000ms);
    CHECK(world.graph.links_from("player") ==
          std::set<Link>{by_hand, {"player:out_2", "headroom:main_in_2"}});
    CHECK(world.reconciler.raw_frames() == raw);
    world.graph.remove_client("player");
    world.run(10ms);
    world.play("player");
    world.run(100ms);
    CHECK(world.only_through_bus("player"));
}

TEST_CASE("an application that connects itself when its sink returns is no user") {
    RoutedWorld world;
    world.start();
    world.play("player");
    world.run(3000ms);
    world.graph.remove_client("system");
    world.run(3000ms);
    world.graph.add_sink("system", {"playback_1", "playback_2"});
    world.graph.self_connect("player");
    world.run(100ms);
    CHECK(world.only_through_bus("player"));
    CHECK(world.bus_plays());
}

TEST_CASE("an application that insists on its own links gets its way, and is named") {
    RoutedWorld world;
    world.start();
    for (int i = 0; i < 10; ++i) {
        world.play("stubborn");
        world.run(100ms);
    }
    CHECK(world.straight_to_sink("stubborn"));
    CHECK(world.application("stubborn").notice.find("stubborn") != std::string::npos);
    const auto operations = world.graph.operations.size();
    const auto raw = world.reconciler.raw_frames();
    world.run(10000ms);
    CHECK(world.graph.operations.size() == operations);
    CHECK(world.reconciler.raw_frames() == raw);
    world.reconciler.end(graph::AtEnd::restore);
    CHECK(world.straight_to_sink("stubborn"));
}

TEST_CASE("restore gives every application back to the sink it was on") {
    RoutedWorld world;
    world.graph.add_sink("usb", {"playback_1", "playback_2"});
    world.start();
    world.play("player");
    world.graph.add_outputs("other", {"out_1", "out_2"});
    world.graph.self_connect("other", "usb");
    world.graph.add_outputs("silent", {"out_1", "out_2"});
    world.play("bypassed");
    world.play("patched");
    world.run(3000ms);
    world.graph.user_unlinks({"patched:out_1", "headroom:main_in_1"});
    world.graph.user_unlinks({"patched:out_2", "headroom:main_in_2"});
    world.run(100ms);
    world.reconciler.end(graph::AtEnd::restore);
    CHECK(world.straight_to_sink("player"));
    CHECK(world.straight_to_sink("silent"));
    CHECK(world.straight_to_sink("bypassed"));
    CHECK(world.graph.links_from("other") ==
          std::set<Link>{{"other:out_1", "usb:playback_1"}, {"other:out_2", "usb:playback_2"}});
    CHECK(world.graph.links_from("patched").empty());
    const auto operations = world.graph.operations.size();
    world.run(3000ms);
    CHECK(world.graph.operations.size() == operations);
}

TEST_CASE("a changed rule moves a running application") {
    RoutedWorld world;
    world.start();
    world.play("player");
    world.run(3000ms);
    world.setup.rules = {rule("player", bypass())};
    world.reconciler.configure(world.setup);
    world.run(100ms);
    CHECK(world.straight_to_sink("player"));
    world.setup.rules = {rule("player", to_bus())};
    world.reconciler.configure(world.setup);
    world.run(100ms);
    CHECK(world.only_through_bus("player"));
    world.setup.rules = {rule("player", ignore())};
    world.reconciler.configure(world.setup);
    world.run(100ms);
    CHECK(world.straight_to_sink("player"));
}

TEST_CASE("without the ports of its bus an application keeps its sink") {
    RoutedWorld world;
    world.play("player");
    world.reconciler.configure(world.setup);
    world.run(500ms);
    CHECK(world.straight_to_sink("player"));
    world.add_bus_ports();
    world.run(100ms);
    CHECK(world.only_through_bus("player"));
    world.graph.remove_client("headroom");
    world.run(100ms);
    CHECK(world.straight_to_sink("player"));
}

TEST_CASE("while nothing happens the graph is looked at once a second") {
    RoutedWorld world;
    world.start();
    world.play("player");
    world.run(3000ms);
    world.graph.snapshots = 0;
    world.graph.operations.clear();
    for (int i = 0; i < 1000; ++i) {
        world.reconciler.step({});
        world.graph.advance(10ms);
    }
    CHECK(world.graph.snapshots >= 9);
    CHECK(world.graph.snapshots <= 11);
    CHECK(world.graph.operations.empty());
}

TEST_CASE("a change that no event told is found") {
    RoutedWorld world;
    world.start();
    world.graph.add_outputs("player", {"out_1", "out_2"});
    world.graph.self_connect("player");
    world.graph.wait(0ms);
    world.run(1100ms);
    CHECK(world.only_through_bus("player"));
}

TEST_CASE("a lost server is no error") {
    RoutedWorld world;
    world.start();
    world.play("player");
    world.run(100ms);
    world.graph.lose_server();
    world.run(3000ms);
    world.reconciler.end(graph::AtEnd::restore);
    CHECK(world.reconciler.applications().empty());
}

TEST_CASE("further clients of the program are no applications") {
    RoutedWorld world;
    world.start();
    world.graph.add_outputs("headroom-01", {"main_out_1", "main_out_2"});
    world.graph.add_outputs("headroomer", {"out_1", "out_2"});
    world.run(100ms);
    CHECK(world.graph.links_from("headroom-01").empty());
    CHECK(world.only_through_bus("headroomer"));
}
