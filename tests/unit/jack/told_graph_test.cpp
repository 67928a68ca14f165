// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/told_graph.hpp"
#include "tests/support/catch.hpp"

#include <thread>

using namespace std::chrono_literals;
using headroom::graph::Event;
using headroom::graph::Link;
using headroom::graph::Snapshot;
using headroom::jack::ToldGraph;
using Ports = std::vector<std::string>;
using Links = std::vector<Link>;

namespace {

Event event(Event::Kind kind, const std::string &from, const std::string &to = {},
            std::chrono::milliseconds ago = 0ms) {
    return {kind, from, to, ToldGraph::Clock::now() - ago};
}

} // namespace

TEST_CASE("what events tell is known at once") {
    ToldGraph told;
    told.push(event(Event::Kind::port_added, "player:out_1"));
    told.push(event(Event::Kind::port_added, "player:out_2"));
    told.push(event(Event::Kind::linked, "player:out_1", "system:playback_1"));
    told.push(event(Event::Kind::linked, "player:out_1", "recorder:in_1"));
    told.push(event(Event::Kind::port_removed, "player:out_2"));
    CHECK(told.ports_of("player") == Ports{"player:out_1"});
    CHECK(told.links_from("player:out_1") ==
          Links{{"player:out_1", "recorder:in_1"}, {"player:out_1", "system:playback_1"}});
    told.push(event(Event::Kind::unlinked, "player:out_1", "recorder:in_1"));
    CHECK(told.links_from("player:out_1") == Links{{"player:out_1", "system:playback_1"}});
    CHECK(told.wait(0ms).size() == 6);
    CHECK(told.wait(0ms).empty());
}

TEST_CASE("a link is waited for until an event tells of it") {
    ToldGraph told;
    const Link link{"a:out", "b:in"};
    CHECK(told.wait_for_link(link, false, 0ms));
    CHECK_FALSE(told.wait_for_link(link, true, 1ms));
    std::thread server([&] { told.push(event(Event::Kind::linked, link.from, link.to)); });
    CHECK(told.wait_for_link(link, true, 10s));
    server.join();
}

TEST_CASE("a snapshot gives way to what was told a moment ago") {
    ToldGraph told;
    const Snapshot read{.ports = {{.name = "a:out", .is_output = true}, {.name = "b:in"}},
                        .links = {{"a:out", "b:in"}}};
    SECTION("from JACK2, which shows late") {
        told.push(event(Event::Kind::unlinked, "a:out", "b:in"));
        told.push(event(Event::Kind::linked, "a:out", "c:in"));
        told.wait(0ms);
        Snapshot corrected = read;
        told.correct(corrected);
        CHECK(corrected.links == Links{{"a:out", "c:in"}});
        CHECK(told.links_from("a:out") == corrected.links);
    }
    SECTION("but not to what is long past") {
        told.push(event(Event::Kind::unlinked, "a:out", "b:in", 5s));
        told.wait(0ms);
        Snapshot corrected = read;
        told.correct(corrected);
        CHECK(corrected.links == read.links);
    }
    SECTION("and what comes while it is read is not lost") {
        told.push(event(Event::Kind::port_added, "d:out"));
        told.push(event(Event::Kind::linked, "d:out", "b:in"));
        told.adopt(read);
        CHECK(told.ports_of("d") == Ports{"d:out"});
        CHECK(told.links_from("d:out") == Links{{"d:out", "b:in"}});
        CHECK(told.links_from("a:out") == read.links);
    }
}

TEST_CASE("what has gone is not remembered for ever") {
    ToldGraph told;
    for (int i = 0; i < 20000; ++i) {
        const std::string port = "player-" + std::to_string(i) + ":out";
        // As long ago as a thousand streams last; a snapshot of the server is never read.
        const auto ago = 10ms * (20000 - i);
        told.push(event(Event::Kind::port_added, port, {}, ago));
        told.push(event(Event::Kind::linked, port, "sink:in", ago));
        told.push(event(Event::Kind::unlinked, port, "sink:in", ago));
        told.push(event(Event::Kind::port_removed, port, {}, ago));
        told.wait(0ms);
    }
    CHECK(told.size() < 500);
}

TEST_CASE("a port that is renamed keeps its place and its links") {
    ToldGraph told;
    told.push(event(Event::Kind::port_added, "player:out_1"));
    told.push(event(Event::Kind::port_added, "player:out_2"));
    told.push(event(Event::Kind::linked, "player:out_1", "headroom:main_in_1"));
    told.wait(0ms);
    told.push_renamed("player:out_1", "player:voice");
    CHECK(told.ports_of("player") == Ports{"player:voice", "player:out_2"});
    CHECK(told.links_from("player:voice") == Links{{"player:voice", "headroom:main_in_1"}});
    told.adopt({.ports = {{.name = "player:voice"}, {.name = "player:out_2"}}});
    CHECK(told.ports_of("player") == Ports{"player:voice", "player:out_2"});
    const auto events = told.wait(0ms);
    REQUIRE(events.size() == 2);
    CHECK(events[1].from == "player:voice");
}
