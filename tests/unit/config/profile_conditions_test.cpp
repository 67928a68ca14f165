// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;

namespace {

constexpr int kHour = 60;

ProfileConditions conditions(const std::string &when) {
    auto profile = read_profile("when: " + when + "\n", "mine.yaml");
    REQUIRE(profile);
    return profile->when;
}

std::string mistake(const std::string &when) {
    const auto profile = read_profile("when: " + when + "\n", "mine.yaml");
    REQUIRE_FALSE(profile);
    return profile.error().text();
}

} // namespace

TEST_CASE("a part of the day may pass midnight, and ends before its last minute") {
    const ProfileConditions night = conditions("{ time: 22:00-07:00 }");
    for (const int minute : {22 * kHour, 23 * kHour + 59, 0, 7 * kHour - 1})
        CHECK(night.judge({{}, {}, minute}).matches);
    for (const int minute : {7 * kHour, 12 * kHour, 22 * kHour - 1})
        CHECK_FALSE(night.judge({{}, {}, minute}).matches);
    CHECK(night.judge({{}, {}, 0}).reason == "the time is within 22:00-07:00");
    const ProfileConditions breaks = conditions("{ time: [9-9:30, \"18 - 24:00\"] }");
    CHECK(breaks.judge({{}, {}, 9 * kHour + 29}).matches);
    CHECK(breaks.judge({{}, {}, 24 * kHour - 1}).matches);
    CHECK_FALSE(breaks.judge({{}, {}, 10 * kHour}).matches);
}

TEST_CASE("every kind of condition has to hold, and one of each list is enough") {
    const ProfileConditions when =
        conditions("{ sink: [\"*headphones*\", \"*headset*\"], application: zoom }");
    const auto holds = [&](const char *sink, const char *application) {
        return when.judge({{"other", sink}, {"mpd", application}, 0}).matches;
    };
    CHECK(holds("USB Headphones Pro", "ZOOM"));
    CHECK(holds("bluez headset", "zoom-57"));
    CHECK_FALSE(holds("USB Headphones Pro", "firefox"));
    CHECK_FALSE(holds("speakers", "zoom"));
    CHECK(when.judge({{"My Headphones"}, {"zoom"}, 0}).reason ==
          "sink \"My Headphones\" is like \"*headphones*\", application \"zoom\"");
    CHECK_FALSE(ProfileConditions{}.judge({{"a"}, {"b"}, 0}).matches);
}

TEST_CASE("a mistake in the conditions of a profile is told with its place") {
    CHECK(mistake("{ time: 22 }")
              .find("mine.yaml:1:15: found \"22\", expected a part of the day "
                    "such as 22:00-07:00") == 0);
    CHECK(mistake("{ time: 25:00-7 }").find("expected a part of the day") != std::string::npos);
    CHECK(mistake("{ time: 7:60-8 }").find("expected a part of the day") != std::string::npos);
    CHECK(mistake("{ time: 7-7:00 }").find("two times that differ") != std::string::npos);
    CHECK(mistake("{ sinks: a }").find("sink") != std::string::npos);
    CHECK(mistake("{ sink: \"[\" }").find("mine.yaml:1:15") == 0);
    CHECK(mistake("{}").find("at least one of sink, application") != std::string::npos);
}
