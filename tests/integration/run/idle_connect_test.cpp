// SPDX-License-Identifier: GPL-3.0-or-later
// A real server that says yes to connections and makes none. jackd's self-connect modes do that to
// clients that connect their own ports, and so not to headroom, which connects through a client
// that has none: an adversary in place of jack_connect stands for such a server.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"

using namespace headroom::test;

namespace {

constexpr const char *kQuestion = "does its self-connect setting (jackd -a) forbid it?";

} // namespace

TEST_CASE("connections that succeed without effect are explained by status and doctor") {
    const JackServer server;
    auto environment = server.environment();
    environment["LD_PRELOAD"] = IDLE_CONNECT;
    HeadroomProcess headroom({}, environment);
    ProbeClient player(server.name(), "player", 2, 0);
    const std::string expected = "the server says that it connects player:play_1 to "
                                 "headroom:main_in_1, and does not: " +
                                 std::string(kQuestion);
    CHECK(
        eventually([&] { return headroom.status("notice").find(expected) != std::string::npos; }));
    const RunResult doctor =
        run_program({headroom_program(), "doctor", "--port", std::to_string(headroom.osc_port())},
                    server.environment());
    CHECK(doctor.standard_output.find(kQuestion) != std::string::npos);
}

TEST_CASE("a server that ignores self-connections does as headroom asks, and nothing is reported") {
    const JackServer server({.allow_self_connect = false});
    HeadroomProcess headroom({}, server.environment());
    ProbeClient player(server.name(), "player", 2, 0);
    CHECK(eventually([&] {
        return player.connections("player:play_1") ==
               std::vector<std::string>{"headroom:main_in_1"};
    }));
    CHECK(headroom.status("notice").empty());
}
