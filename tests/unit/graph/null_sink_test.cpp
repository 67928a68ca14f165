// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;
using Kind = SimulatedGraph::Operation::Kind;

namespace {

struct NullSinkWorld : DesktopWorld {
    NullSinkWorld() : DesktopWorld(Backend::null_sink) {}

    bool headroom_in_between() const {
        const std::set<Link> monitors{{"Headroom Sink:monitor_FL", "headroom:main_in_1"},
                                      {"Headroom Sink:monitor_FR", "headroom:main_in_2"}};
        const std::set<Link> outputs{{"headroom:main_out_1", "speakers:playback_FL"},
                                     {"headroom:main_out_2", "speakers:playback_FR"}};
        return graph.links_from("Headroom Sink") == monitors &&
               graph.links_from("headroom") == outputs;
    }
    /// No stream was ever linked or unlinked by us.
    bool kept_off_streams() const {
        return std::none_of(graph.operations.begin(), graph.operations.end(), [](const auto &one) {
            return one.kind != Kind::target && one.link.from.find(":output_") != std::string::npos;
        });
    }
    int targets_set() const {
        return static_cast<int>(
            std::count_if(graph.operations.begin(), graph.operations.end(),
                          [](const auto &one) { return one.kind == Kind::target; }));
    }
};

} // namespace

TEST_CASE("our sink's monitor feeds the bus, and the bus the real sink") {
    NullSinkWorld world;
    world.start();
    CHECK(world.headroom_in_between());
    world.graph.remove_client("speakers");
    world.run(500ms);
    world.graph.add_sink("speakers", {"playback_FL", "playback_FR"}, {"monitor_FL", "monitor_FR"});
    world.run(100ms);
    CHECK(world.headroom_in_between());
}

TEST_CASE("streams play into our sink by default and are not touched") {
    NullSinkWorld world;
    world.start();
    world.stream("player");
    world.stream("ignored");
    world.run(5000ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.plays_to("ignored", "Headroom Sink"));
    CHECK(world.targets_set() == 0);
    CHECK(world.reconciler.raw_frames() == 0);
    CHECK(world.application("player").notice.empty());
}

TEST_CASE("only what plays is an application") {
    NullSinkWorld world;
    world.start();
    const auto add = [&](const std::string &name, const std::string &kind,
                         const std::string &group = {}) {
        world.graph.set_description(name, {.media_class = kind, .link_group = group});
        const bool is_stream = kind.starts_with("Stream");
        world.graph.add_outputs(name,
                                is_stream ? std::vector<std::string>{"output_FL", "output_FR"}
                                          : std::vector<std::string>{"capture_FL", "capture_FR"},
                                is_stream);
    };
    add("Virtual Mic", "Audio/Source");
    add("Null Source", "Audio/Source/Virtual");
    add("Recorder", "Stream/Input/Audio");
    add("EQ Output", graph::kStreamClass, "loopback-1");
    add("player", graph::kStreamClass);
    world.run(500ms);
    REQUIRE(world.reconciler.applications().size() == 1);
    CHECK(world.application("player").route.text() == "main");
    CHECK(world.graph.links_from("Virtual Mic").empty());
    CHECK(world.graph.links_from("Null Source").empty());
    CHECK(world.targets_set() == 0);
}

TEST_CASE("a bypassed stream plays where it would without headroom") {
    NullSinkWorld world;
    world.setup.former_default_names = {"speakers"};
    world.start();
    world.stream("bypassed", {});
    world.run(3000ms);
    REQUIRE(world.plays_to("bypassed", "speakers"));
    const auto plug = [&](const std::string &sink) {
        world.graph.add_sink(sink, {"playback_FL", "playback_FR"}, {"monitor_FL", "monitor_FR"});
        world.run(3000ms);
    };
    const auto unplug = [&](const std::string &sink) {
        world.graph.remove_client(sink);
        world.run(3000ms);
    };
    SECTION("after its sink went and came back") {
        unplug("speakers");
        plug("speakers");
        CHECK(world.plays_to("bypassed", "speakers"));
    }
    SECTION("meanwhile at another one") {
        plug("headphones");
        unplug("speakers");
        CHECK(world.plays_to("bypassed", "headphones"));
        plug("speakers");
        CHECK(world.plays_to("bypassed", "speakers"));
    }
    SECTION("after the default has changed") {
        plug("headphones");
        world.graph.set_default_sink("headphones");
        world.run(3000ms);
        CHECK(world.plays_to("bypassed", "headphones"));
    }
    SECTION("but where the user moved it, it stays") {
        plug("headphones");
        world.graph.user_moves("bypassed", "headphones");
        world.run(3000ms);
        CHECK(world.plays_to("bypassed", "headphones"));
    }
}

namespace {

/// An equaliser "EQ" that is the default before us, and what it plays.
struct EffectWorld : NullSinkWorld {
    explicit EffectWorld(const std::string &target = {}) {
        graph.set_description("EQ", {.media_class = "Audio/Sink", .link_group = "loopback-1"});
        graph.set_description(
            "EQ Output",
            {.media_class = graph::kStreamClass, .link_group = "loopback-1", .target = target});
        graph.add_sink("EQ", {"playback_FL", "playback_FR"}, {"monitor_FL", "monitor_FR"});
        stream("EQ Output");
        if (!target.empty())
            graph.user_moves("EQ Output", target);
        setup.former_default_names = {"EQ"};
    }
};

} // namespace

TEST_CASE("headroom stands behind an effect that was the default") {
    EffectWorld world;
    world.start();
    world.stream("player", {});
    world.stream("bypassed", {});
    world.run(500ms);
    CHECK(world.plays_to("player", "EQ"));
    CHECK(world.plays_to("EQ Output", "Headroom Sink"));
    CHECK(world.headroom_in_between());
    CHECK(world.plays_to("bypassed", "speakers"));
    CHECK(world.application("player").notice.empty());
    CHECK(world.reconciler.applications().size() == 2);
    world.reconciler.end(graph::AtEnd::restore);
    CHECK(world.graph.target_of("player").empty());
    CHECK(world.graph.target_of("EQ Output").empty());
}

TEST_CASE("an effect that has chosen its device is played into, and left there") {
    EffectWorld world("speakers");
    world.start();
    world.stream("player", {});
    world.run(500ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.plays_to("EQ Output", "speakers"));
    CHECK(world.graph.links_from("headroom") ==
          world.stereo_numbered("headroom:main_out_", "EQ:playback_"));
}

TEST_CASE("a bus whose effect plays into it again plays to the device instead, and it is told") {
    EffectWorld world;
    world.setup.former_default_names = {"speakers"};
    world.setup.buses.front().sink = "EQ";
    world.start();
    world.stream("player", {});
    world.run(500ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.headroom_in_between());
    const auto &notices = world.reconciler.notices();
    CHECK(std::any_of(notices.begin(), notices.end(), [](const std::string &notice) {
        return notice.find("main > EQ > EQ Output > Headroom Sink > main") != notice.npos;
    }));
}

TEST_CASE("a virtual microphone is no sink, though it has inputs") {
    NullSinkWorld world;
    world.graph.remove_client("speakers");
    world.graph.set_description("Null Source", {.media_class = "Audio/Source/Virtual"});
    world.graph.add_sink("Null Source", {"input_FL", "input_FR"}, {"capture_FL", "capture_FR"});
    world.graph.add_sink("speakers", {"playback_FL", "playback_FR"}, {"monitor_FL", "monitor_FR"});
    world.start();
    CHECK(world.headroom_in_between());
}

TEST_CASE("a stream stays at the sink that it has chosen, and that is told") {
    NullSinkWorld world;
    world.start();
    world.graph.add_sink("obs", {"playback_FL", "playback_FR"}, {"monitor_FL", "monitor_FR"});
    const auto chooses = [&](const std::string &name, const std::string &sink) {
        world.stream(name, {.target = sink});
        world.graph.user_moves(name, sink);
    };
    chooses("player", "obs");
    chooses("bypassed", "obs");
    chooses("other", "speakers"); // where the bus plays
    world.run(3000ms);
    CHECK(world.plays_to("player", "obs"));
    CHECK(world.application("player").route.text() == "bypass");
    CHECK(world.application("player").notice.find("plays to obs, which it") == 0);
    CHECK(world.plays_to("bypassed", "obs"));
    CHECK(world.application("bypassed").notice.empty());
    CHECK(world.plays_to("other", "Headroom Sink"));
}

TEST_CASE("a routed stream that plays elsewhere is moved to our sink, and counted") {
    NullSinkWorld world;
    world.start();
    world.stream("player");
    world.graph.user_moves("player", "speakers");
    world.run(500ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.kept_off_streams());
    CHECK(world.reconciler.raw_frames() > 0);
    CHECK(world.reconciler.raw_frames() < 480);
}

TEST_CASE("a bypassed stream is moved to the real sink before it is heard") {
    NullSinkWorld world;
    world.start();
    world.stream("bypassed");
    world.run(100ms);
    CHECK(world.plays_to("bypassed", "speakers"));
    CHECK(world.kept_off_streams());
    CHECK(world.targets_set() == 1);
    CHECK(world.reconciler.raw_frames() == 0);
}

TEST_CASE("a stream that the user moves stays where it was moved") {
    NullSinkWorld world;
    world.start();
    world.stream("player");
    world.stream("bypassed");
    world.run(3000ms);
    const int targets = world.targets_set();
    world.graph.user_moves("player", "speakers");
    world.graph.user_moves("bypassed", "Headroom Sink");
    world.run(5000ms);
    CHECK(world.plays_to("player", "speakers"));
    CHECK(world.plays_to("bypassed", "Headroom Sink"));
    CHECK(world.targets_set() == targets);
    CHECK(world.reconciler.raw_frames() == 0);
    world.graph.remove_client("player");
    world.run(10ms);
    world.stream("player");
    world.run(100ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
}

TEST_CASE("a changed default sink becomes the real sink, and takes no stream away") {
    NullSinkWorld world;
    world.graph.add_sink("headphones", {"playback_FL", "playback_FR"});
    world.start();
    world.stream("player");
    world.run(3000ms);
    world.graph.set_default_sink("headphones");
    world.run(1000ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.graph.links_from("headroom") ==
          std::set<Link>{{"headroom:main_out_1", "headphones:playback_FL"},
                         {"headroom:main_out_2", "headphones:playback_FR"}});
    CHECK(world.kept_off_streams());
}

TEST_CASE("a bypassed stream whose sink ends is moved to the next one") {
    NullSinkWorld world;
    world.graph.add_sink("headphones", {"playback_FL", "playback_FR"});
    world.start();
    world.stream("bypassed");
    world.run(3000ms);
    CHECK(world.plays_to("bypassed", "speakers"));
    world.graph.remove_client("speakers");
    world.run(3000ms);
    CHECK(world.plays_to("bypassed", "headphones"));
}

TEST_CASE("a stream that the session manager does not move is reported, not torn off") {
    NullSinkWorld world;
    world.start();
    world.graph.has_session_manager = false;
    world.stream("player");
    world.graph.user_links({"player:output_FL", "speakers:playback_FL"});
    world.run(10000ms);
    CHECK(world.graph.linked("player:output_FL", "speakers:playback_FL"));
    CHECK(world.targets_set() == 3);
    CHECK_FALSE(world.application("player").notice.empty());
    CHECK(world.kept_off_streams());
    world.graph.has_session_manager = true;
    world.run(10000ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.application("player").notice.empty());
}

TEST_CASE("JACK clients under PipeWire are linked, and home at the end: nobody else moves them") {
    NullSinkWorld world;
    world.start();
    const std::string found = GENERATE("Headroom Sink", "speakers");
    const bool is_bypassed_meanwhile = GENERATE(false, true);
    CAPTURE(found, is_bypassed_meanwhile);
    world.graph.add_outputs("client", {"out_1", "out_2"});
    world.graph.self_connect("client", found);
    world.graph.add_outputs("bypassed", {"out_1", "out_2"});
    world.graph.self_connect("bypassed");
    world.graph.add_outputs("ignored", {"out_1", "out_2"});
    world.graph.self_connect("ignored");
    world.run(500ms);
    const auto stereo = [](const std::string &from, const std::string &to) {
        return std::set<Link>{{from + ":out_1", to + ":playback_FL"},
                              {from + ":out_2", to + ":playback_FR"}};
    };
    CHECK(world.graph.links_from("client") == stereo("client", "Headroom Sink"));
    CHECK(world.graph.links_from("bypassed") == stereo("bypassed", "speakers"));
    CHECK(world.graph.links_from("ignored") == stereo("ignored", "Headroom Sink"));
    if (is_bypassed_meanwhile) {
        const std::vector<Rule> rules = world.setup.rules;
        world.setup.rules.insert(world.setup.rules.begin(), rule("client", bypass()));
        world.reconciler.configure(world.setup);
        world.run(5000ms);
        CHECK(world.graph.links_from("client") == stereo("client", "speakers"));
        world.setup.rules = rules;
        world.reconciler.configure(world.setup);
        world.run(5000ms);
        CHECK(world.graph.links_from("client") == stereo("client", "Headroom Sink"));
        CHECK(world.application("client").notice.empty());
    }
    world.reconciler.end(graph::AtEnd::restore);
    world.graph.advance(100ms);
    CHECK(world.graph.links_from("client") == stereo("client", "speakers"));
}

TEST_CASE("restore leaves our sink audible and no target behind") {
    NullSinkWorld world;
    world.start();
    world.stream("player");
    world.stream("bypassed");
    world.run(3000ms);
    world.reconciler.end(graph::AtEnd::restore);
    world.graph.remove_client("headroom");
    world.graph.advance(100ms);
    const auto shortcut = world.stereo("Headroom Sink:monitor_", "speakers:playback_");
    CHECK(world.graph.links_from("Headroom Sink") == shortcut);
    CHECK(world.graph.target_of("player").empty());
    CHECK(world.graph.target_of("bypassed").empty());
    SECTION("and a new start removes the shortcut") {
        graph::Reconciler next(world.graph);
        world.add_bus_ports();
        world.graph.wait(0ms);
        next.configure(world.setup);
        for (int i = 0; i < 20; ++i) {
            next.step(world.graph.wait(0ms));
            world.graph.advance(50ms);
        }
        CHECK(world.headroom_in_between());
        SECTION("but not one that the user makes") {
            for (const Link &link : shortcut)
                world.graph.user_links(link);
            for (int i = 0; i < 100; ++i) {
                next.step(world.graph.wait(0ms));
                world.graph.advance(50ms);
            }
            CHECK(world.graph.links_from("Headroom Sink").size() == 4);
        }
    }
}

TEST_CASE("without our sink nothing is moved, and the user is told what to do") {
    NullSinkWorld world;
    world.graph.remove_client("Headroom Sink");
    world.start();
    world.stream("player");
    world.run(1000ms);
    CHECK(world.plays_to("player", "speakers"));
    CHECK(world.targets_set() == 0);
    REQUIRE_FALSE(world.reconciler.notices().empty());
    CHECK(world.reconciler.notices()[0].find("headroom sink install") != std::string::npos);
}
