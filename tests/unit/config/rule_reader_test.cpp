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
