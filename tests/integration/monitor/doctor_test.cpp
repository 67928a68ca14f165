// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"

#include <map>

using namespace headroom::test;

namespace {

std::map<std::string, nlohmann::json> findings(const std::string &port,
                                               const ChildProcess::Environment &more = {}) {
    auto environment = empty_machine();
    for (const auto &[name, value] : more)
        environment[name] = value;
    const RunResult run =
        run_program({headroom_program(), "doctor", "--json", "--port", port}, environment);
    std::map<std::string, nlohmann::json> out;
    bool is_well = true;
    for (const auto &finding : nlohmann::json::parse(run.standard_output)) {
        out[finding.at("subject")] = finding;
        is_well = is_well && finding.at("verdict") != "BAD";
        CHECK((finding.at("verdict") == "ok" || !finding.at("remedy").get<std::string>().empty()));
    }
    CHECK(run.exit_code == (is_well ? 0 : 1));
    return out;
}

} // namespace

TEST_CASE("the doctor knows the running program, and what is missing without it") {
    const TemporaryFolder state;
    std::string port;
    {
        HeadroomProcess process({}, empty_machine());
        port = std::to_string(process.osc_port());
        auto found = findings(port, {{"XDG_STATE_HOME", state.path()}});
        for (const char *subject : {"headroom", "OSC", "server", "backend", "real time",
                                    "memory lock", "conflicts", "state"})
            CHECK(found.count(subject) == 1);
        for (const char *subject : {"headroom", "OSC", "server", "backend", "state"})
            CHECK(found[subject].at("verdict") == "ok");
        CHECK(found["server"].at("text").get<std::string>().find("48000 Hz") != std::string::npos);
    }
    auto found = findings(port, {{"XDG_STATE_HOME", "/dev/null"}});
    CHECK(found["headroom"].at("remedy") == "start one: headroom run");
    CHECK(found["OSC"].at("verdict") == "ok");
    CHECK(found["server"].at("remedy").get<std::string>().find("jackd") != std::string::npos);
    CHECK(found["state"].at("verdict") == "BAD");
}

TEST_CASE("the doctor sees that another program has the port") {
    ChildProcess squatter({"python3", "-c",
                           "import socket, time\n"
                           "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                           "s.bind(('127.0.0.1', 0))\n"
                           "print(s.getsockname()[1], flush=True)\n"
                           "time.sleep(600)"});
    REQUIRE(squatter.wait_for_output("\n"));
    std::string port = squatter.standard_output();
    port.pop_back();
    auto found = findings(port);
    CHECK(found["OSC"].at("verdict") == "BAD");
    CHECK(found["OSC"].at("remedy").get<std::string>().find("--osc-port") != std::string::npos);
}
