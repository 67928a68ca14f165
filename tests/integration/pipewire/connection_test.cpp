// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/pipewire_session.hpp"

#include <csignal>
#include <nlohmann/json.hpp>

using namespace headroom::test;
using nlohmann::json;

namespace {

/// What it knows now.
json last_line(const ChildProcess &watching) {
    const std::string text = watching.standard_output();
    const auto end = text.rfind('\n');
    if (end == std::string::npos)
        return {};
    const auto begin = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
    return json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1, end));
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
