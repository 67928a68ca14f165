// SPDX-License-Identifier: GPL-3.0-or-later
// Rules that ask for strips.
#include "tests/unit/graph/routed_world.hpp"

#include <map>

using namespace headroom;
using namespace headroom::test;

namespace {

/// Strips with ports in the simulated graph.
struct Strips final : graph::StripHost {
    SimulatedGraph &graph;
    std::size_t room = 64;
    bool is_slow = false; ///< opens none at the first call
    std::map<std::string, graph::StripWish> wishes;
    std::set<std::string> kept;

    explicit Strips(SimulatedGraph &simulated) : graph(simulated) {}

    std::optional<std::vector<std::string>> strip_ports(const graph::StripWish &wish) override {
        const bool is_new = !wishes.contains(wish.application);
        if (is_new && wishes.size() >= room)
            return std::nullopt;
        if (is_new && std::exchange(is_slow, false))
            return std::vector<std::string>{};
        std::vector<std::string> ports;
        std::vector<std::string> names;
        for (std::size_t i = 1; i <= wish.channels.size(); ++i) {
            ports.push_back(wish.application + "_" + std::to_string(i));
            names.push_back("headroom:" + ports.back());
        }
        if (is_new)
            graph.add_inputs("headroom", ports);
        wishes[wish.application] = wish;
        return names;
    }
    void keep_strips(const std::set<std::string> &applications) override { kept = applications; }
};

struct StripWorld : RoutedWorld {
    Strips strips{graph};

    StripWorld() { setup.strips = &strips; }
    void use(bool strip, bool downmix, std::optional<float> level_dbfs = {}) {
        Rule all = rule("*", to_bus());
        all.strip = strip;
        all.downmix = downmix;
        all.level_dbfs = level_dbfs;
        setup.rules = {all};
    }
    void play_film() {
        graph.add_outputs("film", {"out_1", "out_2", "out_3", "out_4", "out_5", "out_6"});
        graph.self_connect("film");
    }
    bool film_has_strip() const {
        return graph.links_from("film").size() == 6 &&
               graph.linked("film:out_6", "headroom:film_6");
    }
};

} // namespace

TEST_CASE("too many channels are mixed down in a strip where the rule says so") {
    StripWorld world;
    world.use(false, true);
    world.start();
    SECTION("and only they") {
        world.play_film();
        world.play("player");
        world.run(500ms);
        CHECK(world.film_has_strip());
        CHECK(world.strips.wishes.at("film").channels == find_layout("5.1").value());
        CHECK(world.only_through_bus("player"));
        CHECK(world.application("film").notice.empty());
        CHECK(world.strips.kept == std::set<std::string>{"film"});
    }
    SECTION("after the moment that the strip takes, in which nothing raw is heard") {
        world.strips.is_slow = true;
        world.play_film();
        world.run(25ms);
        CHECK(world.graph.links_from("film").empty());
        world.run(100ms);
        CHECK(world.film_has_strip());
    }
    SECTION("but bypassed with a notice where there is none") {
        world.strips.room = 0;
        world.play_film();
        world.run(3000ms);
        CHECK(world.application("film").route.text() == "bypass");
        CHECK(world.application("film").notice.find("no strip to mix them down") !=
              std::string::npos);
        CHECK(world.graph.linked("film:out_1", "system:playback_1"));
    }
}

TEST_CASE("without that word they pass the bus by, and it is told") {
    StripWorld world;
    world.use(true, false);
    world.start();
    world.play_film();
    world.run(500ms);
    CHECK(world.strips.wishes.empty());
    CHECK(world.application("film").route.text() == "bypass");
    CHECK(world.application("film").notice.find("its 6 channels do not fit the 2 of bus main") ==
          0);
}

TEST_CASE("a level gives the application a strip, and its level to it") {
    StripWorld world;
    world.use(false, false, -24.0f);
    world.start();
    world.play("player");
    world.run(500ms);
    CHECK(world.graph.linked("player:out_2", "headroom:player_2"));
    CHECK(world.strips.wishes.at("player").level_dbfs == -24.0f);
    world.use(false, false, -18.0f);
    world.reconciler.configure(world.setup);
    world.run(500ms);
    CHECK(world.strips.wishes.at("player").level_dbfs == -18.0f);
}

TEST_CASE("a route that is set to a bus keeps what else the rule asks for") {
    StripWorld world;
    world.use(false, true, -24.0f);
    world.setup.rules.front().route = bypass();
    world.start();
    world.play_film();
    world.play("player");
    world.run(500ms);
    CHECK(world.strips.wishes.empty());
    const auto override_with = [&](const Route &route) {
        if (world.setup.rules.front().is_override)
            world.setup.rules.erase(world.setup.rules.begin());
        world.setup.rules.insert(world.setup.rules.begin(), override_rule("*", route));
        world.reconciler.configure(world.setup);
        world.run(500ms);
    };
    override_with(to_bus());
    CHECK(world.film_has_strip());
    CHECK(world.graph.linked("player:out_2", "headroom:player_2"));
    CHECK(world.strips.wishes.at("player").level_dbfs == -24.0f);
    CHECK(world.application("player").rule == "set at run time");
    override_with(ignore());
    CHECK(world.strips.kept.empty());
}

TEST_CASE("what fits one bus only does not follow a route that is set to several") {
    StripWorld world;
    world.setup.buses.push_back({.name = "phones",
                                 .channels = {Channel::fl, Channel::fr},
                                 .inputs = {"headroom:phones_in_1", "headroom:phones_in_2"},
                                 .outputs = {"headroom:phones_out_1", "headroom:phones_out_2"}});
    world.graph.add_inputs("headroom", {"phones_in_1", "phones_in_2"});
    world.graph.add_outputs("headroom", {"phones_out_1", "phones_out_2"});
    world.use(true, true);
    world.setup.rules.insert(world.setup.rules.begin(),
                             override_rule("*", {Route::Kind::bus, "main", {"phones"}}));
    world.start();
    world.play_film();
    world.play("player");
    world.run(500ms);
    CHECK(world.strips.wishes.empty());
    CHECK(world.application("film").route.text() == "bypass");
    CHECK(world.graph.linked("player:out_1", "headroom:main_in_1"));
    CHECK(world.graph.linked("player:out_1", "headroom:phones_in_1"));
}

TEST_CASE("where all strips are taken, an application shares the input of its bus, and is told") {
    StripWorld world;
    world.use(true, false);
    world.strips.room = 1;
    world.start();
    world.play("first");
    world.run(500ms);
    world.play("second");
    world.run(500ms);
    CHECK(world.graph.linked("first:out_1", "headroom:first_1"));
    CHECK(world.only_through_bus("second"));
    CHECK(world.application("second").notice == "has no strip and shares the input of bus main");
    world.strips.room = 2;
    world.run(2000ms);
    CHECK(world.graph.links_from("second") ==
          std::set<Link>{{"second:out_1", "headroom:second_1"},
                         {"second:out_2", "headroom:second_2"}});
    CHECK(world.application("second").notice.empty());
}
