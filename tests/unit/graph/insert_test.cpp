// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

/// A world whose bus has an insert, and a rack that plays to the sink like any application.
struct WithInsert : RoutedWorld {
    WithInsert() {
        setup.buses[0].sends = {"headroom:main_send_1", "headroom:main_send_2"};
        setup.buses[0].returns = {"headroom:main_return_1", "headroom:main_return_2"};
        start();
        graph.add_outputs("headroom", {"main_send_1", "main_send_2"});
        graph.add_inputs("headroom", {"main_return_1", "main_return_2"});
        graph.add_inputs("rack", {"in_1", "in_2"});
        play("rack");
        run(100ms);
    }
    std::set<Link> loop() const {
        return {{"rack:out_1", "headroom:main_return_1"}, {"rack:out_2", "headroom:main_return_2"}};
    }
};

} // namespace

TEST_CASE("rules leave the ports of an insert alone") {
    WithInsert world;
    world.play("player");
    world.run(2s);
    CHECK(world.only_through_bus("player"));
    CHECK(world.graph.links_from("headroom") ==
          std::set<Link>{{"headroom:main_out_1", "system:playback_1"},
                         {"headroom:main_out_2", "system:playback_2"}});
}

TEST_CASE("a program that is patched into an insert is no application any more") {
    WithInsert world;
    CHECK(world.only_through_bus("rack"));
    const bool send_first = GENERATE(true, false);
    CAPTURE(send_first);
    const auto connect_send = [&] {
        world.graph.connect({"headroom:main_send_1", "rack:in_1"});
        world.graph.connect({"headroom:main_send_2", "rack:in_2"});
        world.run(100ms);
    };
    if (send_first)
        connect_send();
    for (const Link &link : world.loop())
        world.graph.connect(link);
    world.run(100ms);
    if (!send_first)
        connect_send();
    world.run(2s);
    CHECK(world.graph.links_from("rack") == world.loop());
    CHECK(world.application("rack").route == ignore());
    CHECK(world.application("rack").notice == "works in the insert of bus main");
}
