// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("a refused connection is tried again, then with a notice and seldom") {
    RoutedWorld world;
    world.start();
    world.graph.refuse_connects("player", true);
    world.graph.add_outputs("player", {"out_1", "out_2"});
    world.run(120ms);
    SECTION("the application becomes active") {
        world.graph.refuse_connects("player", false);
        world.run(1000ms);
        CHECK(world.only_through_bus("player"));
        CHECK(world.application("player").notice.empty());
    }
    SECTION("the server does not do it for long") {
        world.run(10000ms);
        const auto operations = world.graph.operations.size();
        CHECK(operations < 20);
        CHECK_FALSE(world.application("player").notice.empty());
        world.run(20000ms);
        CHECK(world.graph.operations.size() == operations + 4);
        CHECK_FALSE(world.application("player").notice.empty());
        world.graph.refuse_connects("player", false);
        world.run(10000ms);
        CHECK(world.only_through_bus("player"));
        CHECK(world.application("player").notice.empty());
    }
}

TEST_CASE("a connection that succeeds twice without effect is reported") {
    RoutedWorld world;
    world.start();
    world.graph.operations.clear();
    world.graph.link_delay = 1h;
    world.graph.add_outputs("player", {"out_1", "out_2"});
    world.run(20000ms);
    CHECK(world.graph.operations.size() == 8);
    CHECK_FALSE(world.application("player").notice.empty());
    REQUIRE(world.reconciler.notices().size() == 2);
    CHECK(world.reconciler.notices().front() ==
          "the server says that it connects player:out_1 to headroom:main_in_1, and does not: does "
          "its self-connect setting (jackd -a) forbid it?");
    world.graph.link_delay = 0ms;
    world.run(10000ms);
    CHECK(world.only_through_bus("player"));
    CHECK(world.reconciler.notices().empty());
}
