// SPDX-License-Identifier: GPL-3.0-or-later
// The server comes and goes; the program stays.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>

using namespace headroom::test;

namespace {

/// Resident memory in KiB, without what is shared with files.
long resident_kib(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;)
        if (word == "RssAnon:") {
            long kib = 0;
            status >> kib;
            return kib;
        }
    return -1;
}

} // namespace

TEST_CASE("ten TERMs and ten KILLs of the server leave headroom running and as it was") {
#ifdef __SANITIZE_ADDRESS__
    constexpr long kMostGrowth_kib = 4096; // the sanitizer keeps some of what was freed
#else
    constexpr long kMostGrowth_kib = 1024;
#endif
    JackServer server;
    HeadroomProcess headroom({}, server.environment());
    REQUIRE(headroom.set("bus/main/limiter/ceiling", -7.0f));
    long first_kib = 0;
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        if (round % 2 == 0)
            server.terminate();
        else
            server.kill();
        REQUIRE(eventually(
            [&] { return headroom.status("server").find("lost") != std::string::npos; }));
        server.start();
        const auto returned = std::chrono::steady_clock::now();
        REQUIRE(eventually(
            [&] { return headroom.status("server").find("lost") == std::string::npos; }));
        CHECK(std::chrono::steady_clock::now() - returned < std::chrono::seconds(2));
        CHECK(headroom.get("bus/main/limiter/ceiling") == -7.0);
        {
            ProbeClient game(server.name(), "game", 2, 0);
            CHECK(eventually([&] {
                const auto links = game.connections("game:play_1");
                return std::find(links.begin(), links.end(), "headroom:main_in_1") != links.end();
            }));
        }
        if (round == 3) // by now every code path has run
            first_kib = resident_kib(headroom.process().pid());
    }
    CHECK(resident_kib(headroom.process().pid()) < first_kib + kMostGrowth_kib);
    const auto summary = headroom.finish();
    CHECK(summary.at("reconnects") == 20);
}
