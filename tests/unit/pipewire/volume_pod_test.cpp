// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/volume_pod.hpp"
#include "tests/support/catch.hpp"

using namespace headroom::pipewire;

TEST_CASE("a volume is read as it was written") {
    for (const Volume &volume : {Volume{{1.0f}, false}, Volume{{0.0f, 2.197f}, true},
                                 Volume{std::vector<float>(64, 0.25f), false}}) {
        int calls = 0;
        with_props(volume, [&](const spa_pod *props) {
            ++calls;
            CHECK(volume_in(props) == volume);
            CHECK_FALSE(route_in(props));
        });
        CHECK(calls == 1);
    }
}

TEST_CASE("more channels than PipeWire has are cut") {
    with_props({std::vector<float>(100, 0.5f), false},
               [](const spa_pod *props) { CHECK(volume_in(props)->channels.size() == 64); });
}

TEST_CASE("a card's route is read as it was written") {
    const Route route{3, {{0.5f, 0.25f}, true}};
    with_route(7, route, [&](const spa_pod *param) {
        CHECK(route_in(param) == std::pair(7, route));
        CHECK_FALSE(volume_in(param));
    });
}

TEST_CASE("what has no volume changes none") {
    CHECK_FALSE(volume_in(nullptr));
    CHECK_FALSE(route_in(nullptr));
    with_props({}, [](const spa_pod *props) { CHECK_FALSE(volume_in(props)); });
}
