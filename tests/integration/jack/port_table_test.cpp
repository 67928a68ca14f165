// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/client.hpp"
#include "jack_client/jack/port_table.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"

#include <atomic>
#include <thread>

using namespace headroom;
using namespace headroom::test;

TEST_CASE("libjack may report latencies while ports come and go") {
    const JackServer server;
    engine::Engine engine({{"main", *find_layout("stereo"), {}}}, {}, 48000.0);
    const auto client = jack::Client::open("headroom", server.name());
    REQUIRE(client);
    const auto opened = jack::PortTable::open((*client)->get(), engine);
    REQUIRE(opened);
    jack::PortTable &ports = **opened;
    // As the latency callback does, on a thread of libjack.
    std::atomic<bool> done{false};
    std::atomic<int> reports{0};
    std::thread libjack([&] {
        while (!done) {
            ports.report_latency(JackCaptureLatency);
            ports.report_latency(JackPlaybackLatency);
            ++reports;
        }
    });
    for (int round = 0; round < 60 || reports < 100; ++round) {
        REQUIRE(ports.set_side_ports({{.sidechain = true, .insert = round % 2 == 0}}));
        REQUIRE(ports.add_strip(round % 8, 0, "player " + std::to_string(round), "Player",
                                *find_layout("stereo")));
        ports.collect(false);
        ports.remove_strip(round % 8);
        ports.collect(false);
    }
    done = true;
    libjack.join();
    CHECK(reports >= 100);
}
