// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/matcher.hpp"
#include "tests/support/catch.hpp"

using headroom::graph::belongs_to;

TEST_CASE("helpers and further instances of the program are no applications") {
    for (const char *own : {"headroom", "headroom-01", "headroom.nABCD"}) {
        CAPTURE(own);
        for (const char *ours : {"headroom", "headroom-graph", "headroom-02", "headroom.nABCD",
                                 "headroom.nABCD/graph", "headroom.nWXYZ"}) {
            CAPTURE(ours);
            CHECK(belongs_to(ours, own));
        }
        for (const char *other : {"", "head", "headroommate", "my headroom", "firefox"}) {
            CAPTURE(other);
            CHECK_FALSE(belongs_to(other, own));
        }
    }
    CHECK_FALSE(belongs_to("firefox", ""));
}
