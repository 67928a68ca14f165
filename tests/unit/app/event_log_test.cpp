// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/event_log.hpp"
#include "tests/support/catch.hpp"

using namespace headroom::app;
using namespace std::chrono_literals;

TEST_CASE("what happens is told at once, and then at most every ten seconds, counted") {
    std::vector<std::string> told;
    EventLog log([&](const std::string &line, Priority) { told.push_back(line); });
    EventLog::TimePoint now{1h};
    log.look({}, "", now);
    CHECK(told.empty());
    log.look({.xruns = 1}, "", now += 500ms);
    REQUIRE(told.size() == 1);
    CHECK(told[0] == "xruns: 1 new, 1 since the start");

    // A storm of them, and of callbacks that take too long.
    for (std::uint64_t i = 2; i < 200; ++i)
        log.look({.xruns = i, .spikes = 2 * i}, "", now += 100ms);
    CHECK(told.size() <= 1 + 2 + 2);
    log.look({.xruns = 200, .spikes = 400}, "", now += 10s);
    CHECK(told.size() <= 1 + 2 + 2 + 2);
    std::uint64_t xruns = 0;
    for (const std::string &line : told)
        if (line.find("xruns: ") == 0)
            xruns += std::stoul(line.substr(7));
    CHECK(xruns == 200);
}

TEST_CASE("the newest notice is told, and that it has gone") {
    std::vector<std::string> told;
    std::vector<Priority> priorities;
    EventLog log([&](const std::string &line, Priority priority) {
        told.push_back(line);
        priorities.push_back(priority);
    });
    EventLog::TimePoint now{1h};
    log.look({}, "the JACK server has gone", now);
    log.look({}, "flaps", now += 1s);
    log.look({}, "", now += 1s);
    CHECK(told == std::vector<std::string>{"the JACK server has gone"});
    log.look({}, "", now += 10s);
    CHECK(told == std::vector<std::string>{"the JACK server has gone", "all is well again"});
    CHECK(priorities == std::vector{Priority::warning, Priority::information});
    log.look({}, "", now += 60s);
    CHECK(told.size() == 2);
}
