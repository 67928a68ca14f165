// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/jack_server.hpp"

#include <csignal>
#include <system_error>

using namespace headroom;
using namespace headroom::test;

TEST_CASE("A child's output, exit code and death by signal are seen") {
    const RunResult result =
        run_program({"sh", "-c", "echo $GREETING; echo oops >&2; exit 3"}, {{"GREETING", "hello"}});
    CHECK(result.exit_code == 3);
    CHECK(result.standard_output == "hello\n");
    CHECK(result.standard_error == "oops\n");

    ChildProcess sleeper({"sleep", "1000"});
    CHECK(sleeper.is_running());
    CHECK_FALSE(sleeper.wait(std::chrono::milliseconds(1)));
    sleeper.signal(SIGTERM);
    CHECK(sleeper.wait() == 128 + SIGTERM);

    CHECK_THROWS_AS(ChildProcess({"/no/such/program"}), std::system_error);
}

TEST_CASE("A test server answers, comes back under its name, and leaves nothing behind") {
    std::string name;
    {
        JackServer server;
        name = server.name();
        CHECK(jack_server_answers(name));
        server.terminate();
        CHECK_FALSE(jack_server_answers(name));
        server.start();
        CHECK(jack_server_answers(name));
        server.kill();
        CHECK_FALSE(jack_server_answers(name));
        server.start();
        CHECK(jack_server_answers(name));
    }
    CHECK_FALSE(jack_server_answers(name));
}

TEST_CASE("More killed servers than JACK has places for do not keep new ones from starting") {
    for (int i = 0; i < 10; ++i) {
        JackServer server;
        server.kill();
    }
    JackServer server;
    CHECK(server.is_running());
}
