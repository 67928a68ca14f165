// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"

#include <chrono>
#include <thread>

using namespace headroom;
using namespace headroom::test;
using namespace std::chrono_literals;
using std::chrono::microseconds;

TEST_CASE("A server may die while a second client is opened, and both are closed") {
    for (const microseconds delay : {0us, 200us, 400us, 600us, 800us, 1200us, 1600us, 2400us}) {
        CAPTURE(delay.count());
        JackServer server;
        auto first = jack::Client::open("first", server.name());
        REQUIRE(first);
        std::thread killer([&] {
            std::this_thread::sleep_for(delay);
            server.kill();
        });
        auto second = jack::Client::open("second", server.name());
        killer.join();
        first->reset();
        if (second)
            second->reset();
        CHECK_FALSE(jack::Client::open("third", server.name()));
    }
}
