// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

using Kind = SimulatedGraph::Operation::Kind;

TEST_CASE("an application is linked when its ports are all there, not one after the other") {
    RoutedWorld world;
    world.start();
    world.graph.operations.clear();
    world.graph.add_outputs("player", {"out_1"});
    world.run(5ms);
    world.graph.add_outputs("player", {"out_2"});
    world.run(15ms);
    CHECK(world.graph.operations.empty());
    world.run(10ms);
    CHECK(world.only_through_bus("player"));
    // Not for a moment was it taken for mono.
    CHECK(world.graph.operations.size() == 2);
}

TEST_CASE("what plays to a sink is cut off at once, its other ports there or not") {
    RoutedWorld world;
    world.start();
    world.graph.add_outputs("player", {"out_1"});
    world.run(1ms);
    world.graph.user_links({"player:out_1", "system:playback_1"});
    world.run(1ms);
    CHECK(world.graph.links_from("player").empty());
    world.graph.add_outputs("player", {"out_2"});
    world.run(50ms);
    CHECK(world.only_through_bus("player"));
}

TEST_CASE("an application that opens ports without end is not waited for") {
    RoutedWorld world;
    world.start();
    world.play("player");
    for (int i = 0; i < 30; ++i) {
        world.graph.add_outputs("player", {"spare"});
        world.run(5ms);
        world.graph.remove_port("player:spare");
        world.run(5ms);
    }
    const auto &operations = world.graph.operations;
    CHECK(std::any_of(operations.begin(), operations.end(), [](const auto &operation) {
        return operation.kind == Kind::connect && operation.link.from == "player:out_1";
    }));
}

TEST_CASE("links stay while an application opens one more port") {
    RoutedWorld world;
    world.setup.rules.front() = rule("never", bypass());
    world.start();
    world.play("player");
    world.run(100ms);
    REQUIRE(world.only_through_bus("player"));
    world.graph.operations.clear();
    world.graph.add_outputs("player", {"out_3"});
    world.run(15ms);
    CHECK(world.only_through_bus("player"));
    CHECK(world.graph.operations.empty());
}
