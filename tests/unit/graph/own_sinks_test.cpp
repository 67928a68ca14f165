// SPDX-License-Identifier: GPL-3.0-or-later
// Under PipeWire: buses and strips that streams reach through sinks of their own.
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

/// Makes sinks and strips as the program does, and at once.
struct Hosts final : graph::SinkHost, graph::StripHost {
    explicit Hosts(SimulatedGraph &simulated) : graph(simulated) {}

    void keep_sinks(const std::set<graph::VirtualSink> &wanted) override {
        for (const graph::VirtualSink &sink : sinks)
            if (!wanted.contains(sink))
                graph.remove_client(sink.name);
        for (const graph::VirtualSink &sink : wanted) {
            if (sinks.contains(sink))
                continue;
            std::vector<std::string> playback, monitors;
            for (const Channel channel : sink.channels) {
                playback.push_back("playback_" + std::string(symbol(channel)));
                monitors.push_back("monitor_" + std::string(symbol(channel)));
            }
            graph.add_sink(sink.name, playback, monitors);
        }
        sinks = wanted;
    }
    std::optional<std::vector<std::string>> strip_ports(const graph::StripWish &wish) override {
        std::vector<std::string> ports;
        for (std::size_t i = 0; i < wish.channels.size(); ++i)
            ports.push_back(wish.application + "_" + std::to_string(i + 1));
        if (strips.insert(wish.application).second)
            graph.add_inputs("headroom", ports);
        for (std::string &port : ports)
            port.insert(0, "headroom:");
        return ports;
    }
    void keep_strips(const std::set<std::string> &applications) override { kept = applications; }

    SimulatedGraph &graph;
    std::set<graph::VirtualSink> sinks;
    std::set<std::string> strips;
    std::set<std::string> kept;
};

struct World : RoutedWorld {
    World() : RoutedWorld(Backend::null_sink), hosts(graph) {
        graph.add_sink("headphones", {"playback_FL", "playback_FR"}, {"monitor_FL", "monitor_FR"});
        graph.add_inputs("headroom", {"phones_in_1", "phones_in_2"});
        graph.add_outputs("headroom", {"phones_out_1", "phones_out_2"});
        setup.buses.push_back({.name = "phones",
                               .channels = {Channel::fl, Channel::fr},
                               .inputs = {"headroom:phones_in_1", "headroom:phones_in_2"},
                               .outputs = {"headroom:phones_out_1", "headroom:phones_out_2"},
                               .sink = "headphones"});
        Rule strip = rule("fader*", to_bus());
        strip.strip = true;
        Rule elsewhere = rule("bypass-headphones", bypass());
        elsewhere.sink = "headphones";
        setup.rules = {strip,
                       elsewhere,
                       rule("bypass*", bypass()),
                       rule("phone*", to_bus("phones")),
                       rule("both*", {Route::Kind::bus, "main", {"phones"}}),
                       rule("*", to_bus())};
        setup.sinks = &hosts;
        setup.strips = &hosts;
    }
    void stream(const std::string &name,
                const std::vector<std::string> &ports = {"output_FL", "output_FR"}) {
        graph.add_outputs(name, ports, true);
    }
    std::set<std::string> sinks_of(const std::string &client) const {
        std::set<std::string> out;
        for (const Link &link : graph.links_from(client))
            out.insert(link.to.substr(0, link.to.find(':')));
        return out;
    }
    bool plays_to(const std::string &name, const std::string &sink) const {
        return sinks_of(name) == std::set{sink};
    }
    bool feeds(const std::string &sink, const std::string &input) const {
        return graph.linked(sink + ":monitor_FL", "headroom:" + input + "_1") &&
               graph.linked(sink + ":monitor_FR", "headroom:" + input + "_2");
    }

    Hosts hosts;
};

} // namespace

TEST_CASE("each bus has a sink of its own under PipeWire, and plays to its own sink") {
    World world;
    world.start();
    CHECK(world.feeds("Headroom Sink", "main_in"));
    CHECK(world.feeds("Headroom Sink (phones)", "phones_in"));
    CHECK(world.graph.linked("headroom:main_out_1", "speakers:playback_FL"));
    CHECK(world.graph.linked("headroom:phones_out_1", "headphones:playback_FL"));
    CHECK_FALSE(world.graph.linked("headroom:phones_out_1", "speakers:playback_FL"));
    world.stream("player");
    world.stream("phone");
    world.stream("bypassed");
    world.stream("bypass-headphones");
    world.run(500ms);
    CHECK(world.plays_to("player", "Headroom Sink"));
    CHECK(world.plays_to("phone", "Headroom Sink (phones)"));
    CHECK(world.plays_to("bypassed", "speakers"));
    CHECK(world.plays_to("bypass-headphones", "headphones"));
    CHECK(world.application("phone").notice.empty());
    CHECK(world.reconciler.raw_frames() == 0);
}

TEST_CASE("all streams of an application share its strip, over restarts too") {
    World world;
    Rule main = rule("*", to_bus());
    main.strip = true;
    Rule quiet = main;
    quiet.match = {};
    quiet.match.title.emplace_back("Lecture");
    quiet.level_dbfs = -30.0f;
    world.setup.rules = {quiet, main};
    world.start();
    const auto tab = [&](const std::string &name, const std::string &title,
                         const std::vector<std::string> &ports = {"output_FL", "output_FR"}) {
        world.graph.set_description(name, {.application = "Chromium",
                                           .binary = "chromium",
                                           .title = title,
                                           .media_class = graph::kStreamClass});
        world.stream(name, ports);
    };
    tab("Chromium", "Playback");
    tab("Chromium-57", "Playback");
    world.run(500ms);
    CHECK(world.hosts.kept == std::set<std::string>{"Chromium"});
    CHECK(world.plays_to("Chromium", "Headroom Strip (Chromium)"));
    CHECK(world.plays_to("Chromium-57", "Headroom Strip (Chromium)"));
    CHECK(world.feeds("Headroom Strip (Chromium)", "Chromium"));
    SECTION("which stays until the last has ended") {
        world.graph.remove_client("Chromium");
        world.run(3000ms);
        CHECK(world.plays_to("Chromium-57", "Headroom Strip (Chromium)"));
        CHECK(world.feeds("Headroom Strip (Chromium)", "Chromium"));
        CHECK(world.hosts.kept == std::set<std::string>{"Chromium"});
        world.graph.remove_client("Chromium-57");
        world.run(3000ms);
        CHECK(world.hosts.kept.empty());
    }
    SECTION("but one by its title may have another") {
        tab("Chromium-60", "Lecture");
        world.run(500ms);
        CHECK(world.hosts.kept == std::set<std::string>{"Chromium", "Chromium-main"});
        CHECK(world.plays_to("Chromium-60", "Headroom Strip (Chromium-main)"));
    }
    SECTION("mono and stereo together") {
        tab("Chromium-61", "Call", {"output_MONO"});
        world.run(500ms);
        CHECK(world.plays_to("Chromium-61", "Headroom Strip (Chromium)"));
        CHECK(world.feeds("Headroom Strip (Chromium)", "Chromium"));
    }
    SECTION("and another program that plays by the same library has its own") {
        world.graph.set_description(
            "Chromium-62",
            {.application = "Chromium", .binary = "Discord", .media_class = graph::kStreamClass});
        world.stream("Chromium-62");
        world.run(500ms);
        CHECK(world.plays_to("Chromium-62", "Headroom Strip (Discord)"));
    }
    CHECK(world.reconciler.raw_frames() == 0);
}

TEST_CASE(
    "a stream is processed on the way to the sink that it has chosen, where a bus plays there") {
    World world;
    world.start();
    world.graph.set_description("player",
                                {.media_class = graph::kStreamClass, .target = "headphones"});
    world.stream("player");
    world.graph.user_moves("player", "headphones");
    world.run(500ms);
    CHECK(world.plays_to("player", "Headroom Sink (phones)"));
    CHECK(world.application("player").route.text() == "phones");
    CHECK(world.application("player").notice.empty());
    SECTION("and straight there if it is bypassed then") {
        world.setup.rules.insert(world.setup.rules.begin(), override_rule("player", bypass()));
        world.reconciler.configure(world.setup);
        world.run(500ms);
        CHECK(world.plays_to("player", "headphones"));
    }
    SECTION("and back there when we end") {
        world.reconciler.end(graph::AtEnd::restore);
        CHECK(world.graph.target_of("player") == "headphones");
    }
}

TEST_CASE("a route that is set holds for every stream of the application") {
    World world;
    world.setup.rules.insert(world.setup.rules.begin(), override_rule("mpv", bypass()));
    world.start();
    for (const char *name : {"mpv", "mpv-57", "Film"}) {
        world.graph.set_description(name, {.application = "mpv Media Player",
                                           .binary = "mpv",
                                           .media_class = graph::kStreamClass});
        world.stream(name);
    }
    world.run(500ms);
    for (const char *name : {"mpv", "mpv-57", "Film"})
        CHECK(world.plays_to(name, "speakers"));
}

TEST_CASE("a stream with a strip plays into a sink of its own, and that feeds the strip") {
    World world;
    world.start();
    world.stream("fader");
    world.stream("fader-mono", {"output_MONO"});
    world.run(500ms);
    CHECK(world.plays_to("fader", "Headroom Strip (fader)"));
    CHECK(world.feeds("Headroom Strip (fader)", "fader"));
    CHECK(world.plays_to("fader-mono", "Headroom Strip (fader-mono)"));
    CHECK(world.graph.links_from("Headroom Strip (fader-mono)") ==
          std::set<Link>{{"Headroom Strip (fader-mono):monitor_MONO", "headroom:fader-mono_1"}});
    CHECK(world.hosts.kept == std::set<std::string>{"fader", "fader-mono"});
    CHECK(world.reconciler.raw_frames() == 0);

    SECTION("which ends with it") {
        world.graph.remove_client("fader");
        world.run(100ms);
        CHECK(world.hosts.sinks.size() == 2); // of the bus, and of the other
    }
    SECTION("which may end, and come again") {
        world.run(3000ms);
        const graph::VirtualSink sink{"Headroom Strip (fader)", {Channel::fl, Channel::fr}};
        world.graph.remove_client(sink.name);
        world.run(5ms);
        CHECK(world.plays_to("fader", "Headroom Sink"));
        REQUIRE(world.hosts.sinks.erase(sink) == 1);
        world.run(2000ms);
        CHECK(world.plays_to("fader", "Headroom Strip (fader)"));
        CHECK(world.feeds("Headroom Strip (fader)", "fader"));
    }
    SECTION("whose links stay as the user makes them until it ends") {
        world.graph.user_unlinks({"Headroom Strip (fader):monitor_FL", "headroom:fader_1"});
        world.graph.user_unlinks({"Headroom Strip (fader):monitor_FR", "headroom:fader_2"});
        world.run(3000ms);
        CHECK(world.graph.links_from("Headroom Strip (fader)").empty());
        world.graph.remove_client("fader");
        world.stream("fader");
        world.run(500ms);
        CHECK(world.plays_to("fader", "Headroom Strip (fader)"));
        CHECK(world.feeds("Headroom Strip (fader)", "fader"));
    }
    SECTION("which the user may take it from") {
        world.run(3000ms);
        world.graph.user_moves("fader", "headphones");
        world.run(3000ms);
        CHECK(world.plays_to("fader", "headphones"));
    }
    SECTION("which it leaves when the program ends") {
        world.reconciler.end(graph::AtEnd::restore);
        world.hosts.keep_sinks({});
        world.graph.advance(100ms);
        CHECK(world.plays_to("fader", "Headroom Sink"));
        CHECK(world.graph.target_of("fader").empty());
        CHECK(world.graph.linked("Headroom Sink:monitor_FL", "speakers:playback_FL"));
    }
    CHECK(world.reconciler.notices().empty());
}

TEST_CASE("a stream may feed two buses under PipeWire") {
    World world;
    world.start();
    world.stream("both");
    world.run(500ms);
    CHECK(world.plays_to("both", "Headroom Strip (both)"));
    CHECK(world.feeds("Headroom Strip (both)", "main_in"));
    CHECK(world.feeds("Headroom Strip (both)", "phones_in"));
}

TEST_CASE(
    "a JACK client under PipeWire goes straight to its strip or its bus, and home at the end") {
    World world;
    world.start();
    const auto [name, input] =
        GENERATE(std::pair{"fader-jack", "fader-jack"}, std::pair{"phone-jack", "phones_in"});
    world.play(name);
    world.run(500ms);
    const std::string client = name;
    CHECK(world.graph.links_from(client) ==
          std::set<Link>{{client + ":out_1", std::string("headroom:") + input + "_1"},
                         {client + ":out_2", std::string("headroom:") + input + "_2"}});
    world.reconciler.end(graph::AtEnd::restore);
    world.graph.advance(100ms);
    CHECK(world.plays_to(client, client == "phone-jack" ? "headphones" : "speakers"));
}
