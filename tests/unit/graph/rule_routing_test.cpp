// SPDX-License-Identifier: GPL-3.0-or-later
// What rules ask for beyond one bus.
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

/// Two buses, the second with a sink of its own.
struct TwoBuses : RoutedWorld {
    TwoBuses() {
        setup.buses.push_back({.name = "phones",
                               .channels = {Channel::fl, Channel::fr},
                               .inputs = {"headroom:phones_in_1", "headroom:phones_in_2"},
                               .outputs = {"headroom:phones_out_1", "headroom:phones_out_2"},
                               .sink = "usb*"});
        graph.add_sink("usb", {"playback_1", "playback_2"});
        graph.add_inputs("headroom", {"phones_in_1", "phones_in_2"});
        graph.add_outputs("headroom", {"phones_out_1", "phones_out_2"});
    }
};

Rule any_client(Route route) {
    return rule("*", std::move(route));
}

} // namespace

TEST_CASE("an application may feed two buses with different sinks") {
    TwoBuses world;
    world.setup.rules = {any_client({Route::Kind::bus, "main", {"phones"}})};
    world.start();
    world.play("player");
    world.run(3000ms);
    CHECK(world.graph.links_from("player") ==
          std::set<Link>{{"player:out_1", "headroom:main_in_1"},
                         {"player:out_1", "headroom:phones_in_1"},
                         {"player:out_2", "headroom:main_in_2"},
                         {"player:out_2", "headroom:phones_in_2"}});
    CHECK(world.bus_plays());
    CHECK(world.graph.linked("headroom:phones_out_2", "usb:playback_2"));
    CHECK(world.application("player").route.text() == "main+phones");
    world.reconciler.end(graph::AtEnd::restore);
    CHECK(world.straight_to_sink("player"));
}

TEST_CASE("a bus with the sink none feeds none, and says nothing of it") {
    RoutedWorld world;
    world.setup.buses[0].sink = graph::kNoSink;
    world.start();
    CHECK(world.graph.links_from("headroom").empty());
    CHECK(world.reconciler.notices().empty());
}

TEST_CASE("a bypassed application plays to the sink of its rule and to no other") {
    TwoBuses world;
    Rule to_usb = any_client(bypass());
    to_usb.sink = "u*";
    world.setup.rules = {to_usb};
    world.start();
    world.play("player");
    world.run(3000ms);
    const std::set<Link> usb{{"player:out_1", "usb:playback_1"},
                             {"player:out_2", "usb:playback_2"}};
    CHECK(world.graph.links_from("player") == usb);
    SECTION("the user's hand wins") {
        world.graph.user_links({"player:out_1", "system:playback_1"});
        world.run(3000ms);
        CHECK(world.graph.links_from("player").size() == 3);
    }
    SECTION("what is left to itself keeps its links") {
        world.setup.rules = {any_client(ignore())};
        world.reconciler.configure(world.setup);
        world.run(3000ms);
        CHECK(world.graph.links_from("player") == usb);
    }
    SECTION("it stays there when the program ends") {
        world.reconciler.end(graph::AtEnd::restore);
        CHECK(world.graph.links_from("player") == usb);
    }
    SECTION("without that sink it is told") {
        world.graph.remove_client("usb");
        world.run(3000ms);
        CHECK(world.application("player").notice == "there is no sink u*");
    }
}

TEST_CASE("a rule maps channels by the names of ports") {
    RoutedWorld world;
    Rule mapped = any_client(to_bus());
    mapped.channels.emplace_back("b", Channel::fl);
    mapped.channels.emplace_back("a", Channel::fr);
    mapped.channels.emplace_back("aux*", std::nullopt);
    world.setup.rules = {mapped};
    world.start();
    world.graph.add_outputs("mixer", {"a", "b", "aux_1", "aux_2"});
    world.run(100ms);
    CHECK(world.graph.links_from("mixer") ==
          std::set<Link>{{"mixer:a", "headroom:main_in_2"}, {"mixer:b", "headroom:main_in_1"}});
}

TEST_CASE("an exclusive application plays to its bus and to nothing else") {
    RoutedWorld world;
    Rule alone = any_client(to_bus());
    alone.exclusive = true;
    world.setup.rules = {alone};
    world.graph.add_inputs("recorder", {"in_1"});
    world.start();
    world.play("player");
    world.graph.user_links({"player:out_1", "recorder:in_1"}); // while it starts: the application
    world.run(3000ms);
    CHECK(world.only_through_bus("player"));
    world.graph.user_links({"player:out_1", "recorder:in_1"}); // now by hand
    world.run(3000ms);
    CHECK(world.graph.linked("player:out_1", "recorder:in_1"));
}

TEST_CASE("an application with too many channels for its bus is bypassed and told") {
    RoutedWorld world;
    world.graph.ignore_self_connects = true;
    world.start();
    world.graph.add_outputs("film", {"FL", "FR", "FC", "LFE", "SL", "SR"});
    world.run(1500ms);
    CHECK(world.application("film").route == bypass());
    CHECK(world.application("film").notice ==
          "its 6 channels do not fit the 2 of bus main; bypassed");
    CHECK(world.graph.linked("film:FL", "system:playback_1"));
    CHECK(world.graph.linked("film:FR", "system:playback_2"));
}

TEST_CASE("a surround bus takes surround, stereo and mono") {
    RoutedWorld world;
    const ChannelLayout layout = *find_layout("5.1");
    world.setup.buses = {{.name = "film", .channels = layout}};
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    for (int i = 1; i <= 6; ++i) {
        inputs.push_back("film_in_" + std::to_string(i));
        outputs.push_back("film_out_" + std::to_string(i));
        world.setup.buses[0].inputs.push_back("headroom:" + inputs.back());
        world.setup.buses[0].outputs.push_back("headroom:" + outputs.back());
    }
    world.setup.rules = {any_client(to_bus("film"))};
    world.graph.add_inputs("headroom", inputs);
    world.graph.add_outputs("headroom", outputs);
    world.start();
    world.graph.add_outputs("film", {"FL", "FR", "FC", "LFE", "RL", "RR"});
    world.graph.add_outputs("music", {"out_1", "out_2"});
    world.graph.add_outputs("voice", {"mono"});
    world.run(1000ms);
    CHECK(world.graph.links_from("film").size() == 6);
    CHECK(world.graph.linked("film:RL", "headroom:film_in_5"));
    CHECK(world.graph.links_from("music") == std::set<Link>{{"music:out_1", "headroom:film_in_1"},
                                                            {"music:out_2", "headroom:film_in_2"}});
    CHECK(world.graph.links_from("voice") == std::set<Link>{{"voice:mono", "headroom:film_in_1"},
                                                            {"voice:mono", "headroom:film_in_2"}});
}

TEST_CASE("rules see what the server tells of a client, also when it tells it late") {
    RoutedWorld world;
    Rule browser = any_client(bypass());
    browser.match.client.clear();
    browser.match.binary.emplace_back("firefox*");
    world.setup.rules = {browser, any_client(to_bus())};
    world.graph.set_description("AudioStream", {.binary = "firefox-bin"});
    world.start();
    world.play("AudioStream");
    world.play("other");
    world.run(1000ms);
    CHECK(world.straight_to_sink("AudioStream"));
    CHECK(world.only_through_bus("other"));
    world.graph.set_description("other", {.binary = "firefox"});
    world.run(1000ms);
    CHECK(world.application("other").route == bypass());
    CHECK(world.application("other").names->binary == "firefox");
}

TEST_CASE("what a rule connects by name is there whenever both ends are") {
    TwoBuses world;
    world.setup.rules.clear();
    world.setup.buses[1].sink = graph::kNoSink;
    world.setup.connections = {{.name = "in", .from = "headset:capture_*", .to = "phones"},
                               {.name = "out", .from = "phones", .to = "call"},
                               {.name = "other", .from = "synth", .to = "recorder:in_*"}};
    world.start();
    world.graph.add_outputs("headset", {"capture_1"});
    world.graph.add_inputs("call", {"input_FL", "input_FR"});
    world.graph.add_outputs("synth", {"l", "r"});
    world.graph.add_inputs("recorder", {"in_1", "in_2", "talkback"});
    world.run(1000ms);
    const std::set<Link> through{{"headroom:phones_out_1", "call:input_FL"},
                                 {"headroom:phones_out_2", "call:input_FR"}};
    const auto from_phones = [&] {
        std::set<Link> out;
        for (const Link &link : world.graph.links_from("headroom"))
            if (link.from.find("phones") != std::string::npos)
                out.insert(link);
        return out;
    };
    CHECK(from_phones() == through);
    CHECK(world.graph.links_from("headset") ==
          std::set<Link>{{"headset:capture_1", "headroom:phones_in_1"},
                         {"headset:capture_1", "headroom:phones_in_2"}});
    CHECK(world.graph.links_from("synth") ==
          std::set<Link>{{"synth:l", "recorder:in_1"}, {"synth:r", "recorder:in_2"}});
    SECTION("again after an end was away") {
        world.graph.remove_client("call");
        world.run(1000ms);
        world.graph.add_inputs("call", {"input_FL", "input_FR"});
        world.run(1000ms);
        CHECK(from_phones() == through);
    }
    SECTION("but for what the user breaks") {
        world.graph.user_unlinks({"synth:l", "recorder:in_1"});
        world.run(3000ms);
        CHECK(world.graph.links_from("synth").size() == 1);
    }
    SECTION("and no longer than the rule") {
        world.setup.connections.clear();
        world.reconciler.configure(world.setup);
        world.run(1000ms);
        CHECK(world.graph.links_from("synth").empty());
    }
}

TEST_CASE("a connection to a sink is no raw sound") {
    RoutedWorld world;
    world.setup.connections = {{.name = "monitor", .from = "player", .to = "system"}};
    world.start();
    world.play("player");
    world.run(5000ms);
    CHECK(world.graph.links_from("player").size() == 4);
    CHECK(world.application("player").notice.empty());
}

TEST_CASE("what an application got when it was bypassed goes when it is routed again") {
    TwoBuses world;
    world.setup.buses[0].sink = "mixer";
    world.graph.add_inputs("mixer", {"in_1", "in_2"});
    world.setup.rules = {any_client(to_bus())};
    world.start();
    world.graph.add_outputs("player", {"out_1", "out_2"});
    world.run(1000ms);
    REQUIRE(world.only_through_bus("player"));
    world.setup.rules = {any_client(bypass())};
    world.reconciler.configure(world.setup);
    world.run(3000ms);
    CHECK(world.graph.links_from("player") ==
          std::set<Link>{{"player:out_1", "mixer:in_1"}, {"player:out_2", "mixer:in_2"}});
    world.setup.buses[0].sink.clear();
    world.setup.rules = {any_client(to_bus())};
    world.reconciler.configure(world.setup);
    world.run(3000ms);
    CHECK(world.only_through_bus("player"));
}
