// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/frame_count.hpp"
#include "tests/support/catch.hpp"

using headroom::jack::FrameCount;

TEST_CASE("a count of frames goes on when the server's wraps, and follows it back") {
    FrameCount count;
    CHECK(count.follow(0) == 0);
    CHECK(count.follow(4'000'000'000u) == 4'000'000'000);
    CHECK(count.follow(4'294'967'000u) == 4'294'967'000);
    CHECK(count.follow(216) == 4'294'967'512); // 512 later
    CHECK(count.follow(4'294'967'000u) == 4'294'967'000);
}
