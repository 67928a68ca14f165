// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/jack_session.hpp"
#include "jack_client/jack/player_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/signal_clients.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <cmath>
#include <jack/jack.h>

using namespace headroom;
using namespace headroom::test;

namespace {

/// A session whose applications get strips, and a client that looks at it.
struct World {
    JackServer server;
    engine::Engine engine{{{"main", *find_layout("stereo"), quiet_chain()}}, {}, 48000.0};
    std::unique_ptr<jack::JackSession> session;
    std::unique_ptr<jack::Client> observer;

    World() {
        jack::SessionOptions options{.server_name = server.name()};
        Rule rule{.name = "all", .match = {}, .route = {Route::Kind::bus, "main"}};
        rule.match.client.emplace_back("player*");
        rule.strip = true;
        options.rules.push_back(rule);
        session = jack::JackSession::open(options, engine).value();
        observer = jack::Client::open("observer", server.name()).value();
    }

    static ParameterValues quiet_chain() {
        ParameterValues values;
        values[parameter_id("agc/on")] = 0.0f;
        values[parameter_id("compressor/on")] = 0.0f;
        values[parameter_id("limiter/soft")] = 0.0f;
        return values;
    }

    bool exists(const std::string &port) const {
        return jack_port_by_name(observer->get(), port.c_str()) != nullptr;
    }
    std::vector<std::string> linked_to(const std::string &port) const {
        std::vector<std::string> out;
        const jack_port_t *handle = jack_port_by_name(observer->get(), port.c_str());
        if (!handle)
            return out;
        const char **names = jack_port_get_all_connections(observer->get(), handle);
        for (const char **name = names; name && *name; ++name)
            out.emplace_back(*name);
        jack_free(names);
        return out;
    }
    bool plays_into(const std::string &from, const std::string &to) const {
        return linked_to(from) == std::vector<std::string>{to};
    }
    void set(const std::string &name, ParameterId id, float value) {
        const engine::ParameterChange change{
            .parameter = id,
            .value = value,
            .strip = static_cast<std::int16_t>(engine.know_strip(name).value())};
        engine.apply({&change, 1});
    }
    /// Highest true peak of the bus's output within some new meter frames.
    float output_peak_db() {
        engine::MeterFrame frame;
        while (engine.next_meters(frame)) {
        }
        float peak = -120.0f;
        for (int seen = 0; seen < 4;) {
            if (!eventually([&] { return engine.next_meters(frame); }))
                return 120.0f;
            if (++seen > 1)
                peak = std::max(peak, frame.values[meter_id("output/true_peak").index]);
        }
        return peak;
    }
};

/// One whole period of a tone at 0.25.
Audio tone() {
    Audio out(2, std::vector<float>(48));
    for (auto &channel : out)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] =
                0.25f * std::sin(static_cast<float>(2.0 * M_PI / 48.0) * static_cast<float>(i));
    return out;
}

} // namespace

TEST_CASE("An application gets a strip of its own, and the ports go with it") {
    World world;
    auto player = jack::PlayerClient::start("player", world.server.name(), tone()).value();
    REQUIRE(eventually([&] {
        return world.plays_into("player:out_1", "headroom:player_1") &&
               world.plays_into("player:out_2", "headroom:player_2");
    }));
    CHECK(eventually([&] { return world.output_peak_db() == Approx(-12.04).margin(0.1); }));
    world.set("player", strip_parameter_id("trim"), -12.0f);
    CHECK(eventually([&] { return world.output_peak_db() == Approx(-24.04).margin(0.1); }));
    world.set("player", strip_parameter_id("mute"), 1.0f);
    CHECK(eventually([&] { return world.output_peak_db() < -100.0f; }));
    world.set("player", strip_parameter_id("mute"), 0.0f);

    player.reset();
    CHECK(eventually([&] { return !world.exists("headroom:player_1"); }));
    CHECK(eventually([&] { return !world.exists("headroom:player_2"); }));

    player = jack::PlayerClient::start("player", world.server.name(), tone()).value();
    REQUIRE(eventually([&] { return world.plays_into("player:out_1", "headroom:player_1"); }));
    CHECK(eventually([&] { return world.output_peak_db() == Approx(-24.04).margin(0.1); }));
}

TEST_CASE("Applications share a bus, each by its own fader, and others keep playing meanwhile") {
    World world;
    auto first = jack::PlayerClient::start("player-a", world.server.name(), tone()).value();
    REQUIRE(eventually([&] { return world.plays_into("player-a:out_1", "headroom:player-a_1"); }));
    for (int round = 0; round < 5; ++round) {
        CAPTURE(round);
        auto second = jack::PlayerClient::start("player-b", world.server.name(), tone()).value();
        REQUIRE(
            eventually([&] { return world.plays_into("player-b:out_2", "headroom:player-b_2"); }));
        CHECK(world.plays_into("player-a:out_1", "headroom:player-a_1"));
    }
    CHECK(world.session->status().notice.empty());
    CHECK(world.engine.strip_names() == std::vector<std::string>{"player-a", "player-b"});
}

TEST_CASE(
    "Where all 64 strips are taken, one more application shares the bus's input, and is told") {
    World world;
    std::vector<int> slots;
    for (std::size_t i = 0; i < engine::Engine::kMaximumStrips; ++i)
        slots.push_back(
            world.engine.add_strip({"guest " + std::to_string(i), 0, {Channel::mono}}).value());
    auto player = jack::PlayerClient::start("player", world.server.name(), tone()).value();
    CHECK(eventually([&] { return world.plays_into("player:out_2", "headroom:main_in_2"); }));
    CHECK(eventually([&] {
        return world.session->status().notice.find("strips for 64 applications") !=
               std::string::npos;
    }));
    CHECK(eventually([&] { return world.output_peak_db() == Approx(-12.04).margin(0.1); }));
    world.engine.remove_strip(slots.front());
    CHECK(eventually([&] { return world.plays_into("player:out_2", "headroom:player_2"); }));
    CHECK(eventually([&] { return world.session->status().notice.empty(); }));
}

TEST_CASE("Strips come back with a server that was away") {
    World world;
    auto player = jack::PlayerClient::start("player", world.server.name(), tone()).value();
    REQUIRE(eventually([&] { return world.plays_into("player:out_1", "headroom:player_1"); }));
    world.set("player", strip_parameter_id("trim"), -12.0f);
    world.observer.reset();
    world.server.terminate();
    REQUIRE(eventually([&] { return !world.session->status().connected; }));
    player.reset();
    world.server.start();
    REQUIRE(eventually([&] { return world.session->status().connected; }));
    world.observer = jack::Client::open("observer", world.server.name()).value();
    player = jack::PlayerClient::start("player", world.server.name(), tone()).value();
    REQUIRE(eventually([&] { return world.plays_into("player:out_1", "headroom:player_1"); }));
    CHECK(eventually([&] { return world.output_peak_db() == Approx(-24.04).margin(0.1); }));
}
