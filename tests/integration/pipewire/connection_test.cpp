// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/pipewire_session.hpp"

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace headroom::test;
using nlohmann::json;

namespace {

/// What it knows now.
json last_line(const ChildProcess &watching) {
    const std::string text = watching.standard_output();
    const auto end = text.rfind('\n');
    if (end == std::string::npos)
        return json::object();
    const auto begin = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
    return json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1, end));
}

/// Of the heap and stacks.
long memory_kb(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    long out = 0;
    for (std::string word; out == 0 && status >> word;)
        if (word == "RssAnon:")
            status >> out;
    return out;
}

} // namespace

TEST_CASE("a connection to PipeWire wakes nobody while nothing happens") {
    PipeWireSession session;
    const json seen = json::parse(session.run({PIPEWIRE_TOOL, "idle", "3"}));
    CAPTURE(seen.dump());
    CHECK(seen["changes"] == 0);
    CHECK(seen["wakes"] <= 1); // its own timer's
}

TEST_CASE("a connection to PipeWire sees what comes and goes, and PipeWire's return") {
    PipeWireSession session;
    ChildProcess watching({PIPEWIRE_TOOL, "watch"}, session.environment());
    REQUIRE(watching.wait_for_output("generation"));
    CHECK(last_line(watching)["has_metadata"] == true);
    CHECK(last_line(watching)["nodes"].contains("speakers"));
    session.add_sink("headphones");
    CHECK(eventually([&] { return last_line(watching)["nodes"].contains("headphones"); }));
    CHECK(watching.standard_output().find(R"("found_late":true)") != std::string::npos);
    session.destroy_node("headphones");
    CHECK(eventually([&] { return !last_line(watching)["nodes"].contains("headphones"); }));
    session.restart_session_manager();
    CHECK(watching.wait_for_output(R"("has_metadata":false)"));
    CHECK(eventually([&] { return last_line(watching)["has_metadata"] == true; }));
    session.stop_pipewire();
    CHECK(eventually([&] { return last_line(watching)["generation"] == 0; }));
    CHECK(last_line(watching)["nodes"].empty());
    session.start_pipewire();
    CHECK(eventually([&] { return last_line(watching)["generation"] == 2; }));
    CHECK(eventually([&] { return last_line(watching)["nodes"].contains("speakers"); }));
    watching.signal(SIGTERM);
    CHECK(watching.wait() == 0);
}

// Apart from libjack, which in PipeWire 0.3.65 keeps some 60 kB of each client whose server went.
TEST_CASE("restarts of PipeWire leave a connection as large as it was") {
    constexpr std::uint64_t kRestarts = 5;
    constexpr long kPage_kb = 4;
    PipeWireSession session;
    ChildProcess watching({PIPEWIRE_TOOL, "watch"}, session.environment());
    REQUIRE(watching.wait_for_output("generation"));
    long before = 0;
    for (std::uint64_t restart = 0; restart <= kRestarts; ++restart) {
        session.stop_pipewire();
        session.start_pipewire();
        REQUIRE(eventually([&] {
            const json seen = last_line(watching);
            return seen["generation"] == restart + 2 && seen["nodes"].contains("speakers");
        }));
        if (restart == 0)
            before = memory_kb(watching.pid());
    }
    CHECK(memory_kb(watching.pid()) - before <= static_cast<long>(kRestarts) * 2 * kPage_kb);
}
