// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/controller_links.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/simulated_graph.hpp"

using namespace headroom::graph;
using namespace headroom::test;
using namespace std::chrono_literals;

namespace {

/// A server with nothing but ports for MIDI.
struct MidiWorld {
    SimulatedGraph graph;
    ControllerLinks links{graph};

    MidiWorld() {
        graph.add_inputs("headroom", {"midi_in"});
        graph.add_outputs("headroom", {"midi_out"});
    }
    void plug(const std::string &client) {
        graph.add_outputs(client, {"out"});
        graph.add_inputs(client, {"in"});
    }
    void run(std::chrono::milliseconds time = 3s) {
        for (; time > 0ms; time -= 10ms) {
            const auto events = graph.wait(0ms);
            if (links.is_due(events))
                links.step(events, graph.snapshot(), {"headroom:midi_in", "headroom:midi_out"});
            graph.advance(10ms);
        }
    }
    std::set<Link> both_ways(const std::string &client) const {
        return {{client + ":out", "headroom:midi_in"}, {"headroom:midi_out", client + ":in"}};
    }
};

} // namespace

TEST_CASE("controllers are connected both ways when they come, and again when they come back") {
    MidiWorld world;
    world.graph.link_delay = std::chrono::milliseconds(GENERATE(0, 30));
    world.links.set_devices({"nano*"});
    world.plug("other");
    world.run();
    CHECK(world.graph.links().empty());
    world.plug("nanoKONTROL2");
    world.run();
    CHECK(world.graph.links() == world.both_ways("nanoKONTROL2"));
    const auto operations = world.graph.operations.size();
    world.run();
    CHECK(world.graph.operations.size() == operations);

    world.graph.remove_client("nanoKONTROL2");
    world.run();
    CHECK(world.graph.links().empty());
    world.plug("nanoKONTROL2");
    world.run();
    CHECK(world.graph.links() == world.both_ways("nanoKONTROL2"));
}

TEST_CASE("patterns fit names and aliases of ports and names of clients, but never our own") {
    const auto [pattern, is_it] = GENERATE(table<const char *, bool>({{"dev", true},
                                                                      {"dev:out", true},
                                                                      {"*KONTROL*", true},
                                                                      {"headroom", false},
                                                                      {"*midi*", false},
                                                                      {"out", false}}));
    CAPTURE(pattern);
    MidiWorld world;
    world.graph.add_outputs("dev", {"out"}, true);
    world.links.set_devices({pattern});
    auto events = world.graph.wait(0ms);
    auto midi = world.graph.snapshot();
    for (Port &port : midi.ports)
        if (port.client() == "dev")
            port.aliases = {"nanoKONTROL2 MIDI 1"};
    world.links.step(events, midi, {"headroom:midi_in", "headroom:midi_out"});
    CHECK(world.graph.linked("dev:out", "headroom:midi_in") == is_it);
    CHECK(world.graph.links().size() == (is_it ? 1u : 0u));
}

TEST_CASE("what the user does to a controller's connections stays") {
    MidiWorld world;
    world.plug("device");
    world.graph.user_links({"other:out", "headroom:midi_in"});
    world.links.set_devices({"device"});
    world.run();
    REQUIRE(world.graph.links() == world.both_ways("device"));
    world.graph.user_unlinks({"device:out", "headroom:midi_in"});
    world.run();
    CHECK_FALSE(world.graph.linked("device:out", "headroom:midi_in"));
    CHECK(world.graph.linked("headroom:midi_out", "device:in"));
    // Until the controller ends.
    world.graph.remove_client("device");
    world.run();
    world.plug("device");
    world.run();
    CHECK(world.graph.links() == world.both_ways("device"));

    // A link that the user made is not ours to take away.
    world.graph.user_unlinks({"headroom:midi_out", "device:in"});
    world.run();
    world.graph.user_links({"headroom:midi_out", "device:in"});
    world.run();
    CHECK(world.graph.links() == world.both_ways("device"));
}

TEST_CASE("connections go with the map that named their controller") {
    MidiWorld world;
    world.plug("one");
    world.plug("two");
    world.graph.user_links({"two:out", "headroom:midi_in"});
    world.links.set_devices({"one", "two"});
    world.run();
    CHECK(world.graph.links().size() == 4);
    world.links.set_devices({});
    world.run();
    CHECK(world.graph.links() == std::set<Link>{{"two:out", "headroom:midi_in"}});
}
