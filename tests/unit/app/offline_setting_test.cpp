// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/offline_setting.hpp"
#include "tests/unit/app/command_line.hpp"

using namespace headroom;
using command_line::mentions;
using headroom::app::apply_setting;

namespace {

Profile two_buses() {
    Profile profile{.name = "test"};
    profile.buses.push_back({.name = "main", .channels = *find_layout("stereo")});
    profile.buses.push_back({.name = "voice", .channels = *find_layout("mono")});
    return profile;
}

float ceiling(const Profile &profile, std::size_t bus) {
    return profile.buses[bus].values[parameter_id("limiter/ceiling")];
}

std::string refused_setting(std::string_view assignment) {
    Profile profile = two_buses();
    const auto done = apply_setting(profile, profile.buses[0], assignment);
    REQUIRE_FALSE(done.has_value());
    CHECK(ceiling(profile, 0) == -1.0f);
    return done.error().text();
}

} // namespace

TEST_CASE("A setting names a parameter as OSC does, or below the bus") {
    for (const char *path :
         {"limiter/ceiling", "bus/main/limiter/ceiling", "/headroom/bus/main/limiter/ceiling",
          "/headroom/limiter/ceiling", "ceiling"}) {
        CAPTURE(path);
        Profile profile = two_buses();
        REQUIRE(apply_setting(profile, profile.buses[0], std::string(path) + "=-3").has_value());
        CHECK(ceiling(profile, 0) == -3.0f);
        CHECK(ceiling(profile, 1) == -1.0f);
    }
}

TEST_CASE("A setting takes text and units") {
    Profile profile = two_buses();
    BusProfile &bus = profile.buses[1];
    const auto value_after = [&](const char *assignment, ParameterId id) {
        CAPTURE(assignment);
        REQUIRE(apply_setting(profile, bus, assignment).has_value());
        return bus.values[id];
    };
    CHECK(value_after("limiter/ceiling=-2.5 dBTP", parameter_id("limiter/ceiling")) == -2.5f);
    CHECK(value_after("limiter/ceiling=\u22123,5 dB", parameter_id("limiter/ceiling")) == -3.5f);
    CHECK(value_after("limiter/release=0.1 s", parameter_id("limiter/release")) == 100.0f);
    CHECK(value_after("agc/on=off", parameter_id("agc/on")) == 0.0f);
    CHECK(value_after("limiter/mode=quality", parameter_id("limiter/mode")) == 2.0f);
    CHECK(value_after("bus/voice/compressor/attack=2.5 ms", parameter_id("compressor/attack")) ==
          2.5f);
    REQUIRE(apply_setting(profile, bus, "bypass=on").has_value());
    CHECK(profile.globals[global_parameter_id("bypass")] == 1.0f);
    CHECK(bus.values[parameter_id("bypass")] == 0.0f);
    REQUIRE(apply_setting(profile, bus, "bus/voice/bypass=on").has_value());
    CHECK(bus.values[parameter_id("bypass")] == 1.0f);
}

TEST_CASE("A setting that cannot be made says what to do instead") {
    CHECK(mentions(refused_setting("limiter/ceiling"),
                   "write path=value, for example limiter/ceiling=-3"));
    CHECK(mentions(refused_setting("limiter/celing=-3"), "did you mean limiter/ceiling?"));
    CHECK(mentions(refused_setting("celing=-3"), "did you mean ceiling?"));
    CHECK(mentions(refused_setting("threshold=-3"),
                   "\"threshold\" may mean bus/main/gate/threshold and "
                   "bus/main/compressor/threshold"));
    CHECK(mentions(refused_setting("celing=-3"), "\"headroom params\" lists them all"));
    CHECK(mentions(refused_setting("=-3"), "there is no parameter \"\""));
    CHECK(mentions(refused_setting("bus/main=1"), "there is no parameter"));
    CHECK(mentions(refused_setting("limiter/ceiling=loud"),
                   "expected a number from -20.0 to 0.0 dBTP"));
    CHECK(mentions(refused_setting("limiter/ceiling="), "expected a number from"));
    CHECK(mentions(refused_setting("limiter/ceiling=3"),
                   "expected a number from -20.0 to 0.0 dBTP, such as -1.0 dBTP"));
    CHECK(mentions(refused_setting("limiter/ceiling=nan"), "expected a number"));
    CHECK(mentions(refused_setting("limiter/mode=best"), "one of low normal quality"));
    CHECK(mentions(refused_setting("bus/voice/limiter/ceiling=-3"), "add --bus voice"));
    CHECK(mentions(refused_setting("bus/film/limiter/ceiling=-3"), "the bus rendered is main"));
}
