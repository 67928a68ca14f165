// SPDX-License-Identifier: GPL-3.0-or-later
// Our PipeWire sink before the default one, which stays the user's.
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

struct SmartWorld : DesktopWorld {
    SmartWorld() : DesktopWorld(Backend::smart_filter) {
        graph.add_sink("headphones", {"playback_FL", "playback_FR"});
        add_way_out();
    }
    /// Both ends, of which the session manager links the second.
    void add_way_out() {
        graph.add_inputs("headroom-return", {"input_FL", "input_FR"});
        graph.add_outputs("headroom-out", {"output_FL", "output_FR"}, true);
    }
    bool bus_plays_to(const std::string &left, const std::string &right) const {
        return graph.links_from("headroom") ==
               std::set<Link>{{"headroom:main_out_1", left}, {"headroom:main_out_2", right}};
    }
};

} // namespace

TEST_CASE("before the default sink, streams come in and the bus goes out by the session manager") {
    SmartWorld world;
    world.start();
    world.stream("player");
    world.run(3000ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.bus_plays_to("headroom-return:input_FL", "headroom-return:input_FR"));
    const auto operations = world.graph.operations.size();
    world.graph.set_default_sink("headphones");
    world.run(3000ms);
    CHECK(world.graph.operations.size() == operations);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.reconciler.applications().size() == 1);
    CHECK(world.reconciler.notices().empty());
    CHECK(world.reconciler.raw_frames() == 0);
}

TEST_CASE("without the way out, the bus plays straight to the default sink") {
    SmartWorld world;
    world.start();
    world.graph.remove_client("headroom-return");
    world.run(100ms);
    CHECK(world.bus_plays_to("speakers:playback_FL", "speakers:playback_FR"));
    world.graph.set_default_sink("headphones");
    world.run(1100ms);
    CHECK(world.bus_plays_to("headphones:playback_FL", "headphones:playback_FR"));
    world.add_way_out();
    world.run(100ms);
    CHECK(world.bus_plays_to("headroom-return:input_FL", "headroom-return:input_FR"));
}

TEST_CASE("a bus whose profile names a sink plays there, not by way of the default") {
    SmartWorld world;
    world.setup.buses.front().sink = "headphones";
    world.start();
    CHECK(world.bus_plays_to("headphones:playback_FL", "headphones:playback_FR"));
}

TEST_CASE("the bus keeps its way out while there is no sink") {
    SmartWorld world;
    world.start();
    world.graph.remove_client("speakers");
    world.graph.remove_client("headphones");
    world.run(500ms);
    CHECK(world.bus_plays_to("headroom-return:input_FL", "headroom-return:input_FR"));
    REQUIRE_FALSE(world.reconciler.notices().empty());
    CHECK(world.reconciler.notices()[0].find("no sink") != std::string::npos);
}

TEST_CASE("before the default sink, a bypassed stream follows it") {
    SmartWorld world;
    world.start();
    world.stream("bypassed");
    world.run(3000ms);
    CHECK(world.plays_to("bypassed", "speakers"));
    world.graph.remove_client("speakers");
    world.run(3000ms);
    CHECK(world.plays_to("bypassed", "headphones"));
    CHECK(world.reconciler.raw_frames() == 0);
}

TEST_CASE("a stream that the user takes out of the filter stays outside") {
    SmartWorld world;
    world.start();
    world.stream("player");
    world.run(3000ms);
    world.graph.user_moves("player", "headphones");
    world.run(5000ms);
    CHECK(world.plays_to("player", "headphones"));
    CHECK(world.graph.target_of("player") == "headphones");
}
