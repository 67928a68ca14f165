// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/quiet_moment.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;

TEST_CASE("what is due waits for a quiet moment, and not for ever") {
    const std::chrono::steady_clock::time_point due{10s};
    const auto wait = [&](auto event) {
        return headroom::graph::quiet_moment(due, due + event) - due;
    };
    CHECK(wait(-5s) == 0ms);
    CHECK(wait(-100ms) == 0ms);
    CHECK(wait(-60ms) == 40ms);
    CHECK(wait(300ms) == 400ms);
    CHECK(wait(5s) == 1000ms);
}
