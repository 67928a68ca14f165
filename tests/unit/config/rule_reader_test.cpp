// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;

TEST_CASE("a rule says more than where to") {
    const auto read = read_profile(R"(
buses: { main: , phones: { sink: "usb*" } }
rules:
  - name: film
    match:
      channels: [6, 8+]
      any: [{ binary: mpv }, { media: Movie }]
      all: { pretty: "*Player*" }
    route: [main, phones]
    channels: { "out_1": FL, "out_*": none }
    exclusive: on
    strip: on
  - { match: { client: daw }, route: bypass, sink: "studio*" }
  - { name: headset, connect: { from: "headset:capture_*", to: phones } }
)",
                                   "test.yaml");
    INFO((read ? "" : read.error().text()));
    REQUIRE(read.has_value());
    const Profile &profile = *read;
    REQUIRE(profile.rules.size() == 2);
    const Rule &film = profile.rules[0];
    CHECK(film.route == Route{Route::Kind::bus, "main", {"phones"}});
    CHECK(film.exclusive);
    CHECK(film.strip);
    CHECK(film.channels.size() == 2);
    CHECK(film.channels[0].second == Channel::fl);
    CHECK_FALSE(film.channels[1].second.has_value());
    CHECK(profile.rules[1].sink == "studio*");
    REQUIRE(profile.connections.size() == 1);
    CHECK(profile.connections[0].name == "headset");
    CHECK(profile.connections[0].from == "headset:capture_*");
    CHECK(profile.connections[0].to == "phones");
}

TEST_CASE("a rule may ask for a level and a downmix, beside one bus alone") {
    const auto read = [](const std::string &rule) {
        return read_profile("buses: { main: , phones: }\nrules:\n  - { match: {}, " + rule + " }\n",
                            "test.yaml");
    };
    const auto both = read("route: main, level: -24 dBFS, downmix: itu");
    REQUIRE(both.has_value());
    CHECK(both->rules[0].level_dbfs == -24.0f);
    CHECK(both->rules[0].downmix);
    const auto neither = read("route: main, downmix: none");
    REQUIRE(neither.has_value());
    CHECK_FALSE(neither->rules[0].level_dbfs);
    CHECK_FALSE(neither->rules[0].downmix);
    const auto told = [&](const std::string &rule, const std::string &text) {
        const auto refused = read(rule);
        REQUIRE_FALSE(refused.has_value());
        INFO(refused.error().text());
        CHECK(refused.error().text().find("test.yaml:3:") == 0);
        CHECK(refused.error().text().find(text) != std::string::npos);
    };
    told("route: bypass, level: -20", "a single bus");
    told("route: [main, phones], downmix: itu", "a single bus");
    told("route: main, downmix: yes", "itu or none");
    told("route: main, level: -200", "-60");
}
