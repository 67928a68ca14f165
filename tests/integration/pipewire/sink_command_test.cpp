// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pipewire_session.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

using namespace headroom::test;
using nlohmann::json;

namespace {

json sink_command(const PipeWireSession &session, const std::string &verb) {
    const RunResult result =
        run_program({SINK_TOOL, "sink", verb, "--json"}, session.environment());
    CAPTURE(verb, result.standard_error);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.standard_output);
}

bool has_sink(const PipeWireSession &session) {
    return session.run({"pactl", "list", "short", "sinks"}).find("\theadroom-sink\t") !=
           std::string::npos;
}

/// The session manager acts on a new default in its own time.
bool default_becomes(const PipeWireSession &session, const std::string &name) {
    return eventually([&] { return session.run({"pactl", "get-default-sink"}) == name + "\n"; });
}

std::filesystem::path drop_in(const PipeWireSession &session) {
    return session.folder() / "home/.config/pipewire/pipewire.conf.d/50-headroom-nullsink.conf";
}

} // namespace

TEST_CASE("sink install makes the sink now and for later, and remove takes all back") {
    PipeWireSession session;
    session.add_sink("headphones");
    session.run({"pactl", "set-default-sink", "headphones"});
    REQUIRE(default_becomes(session, "headphones"));

    const json installed = sink_command(session, "install");
    CHECK(installed["sink_changed"] == true);
    CHECK(installed["drop_in_changed"] == true);
    CHECK(installed["default_changed"] == true);
    CHECK(has_sink(session));
    CHECK(default_becomes(session, "headroom-sink"));
    std::ifstream file(drop_in(session));
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) ==
          headroom::embedded_nullsink_conf());

    const json again = sink_command(session, "install");
    CHECK(again["sink_changed"] == false);
    CHECK(again["drop_in_changed"] == false);
    CHECK(again["default_changed"] == false);

    const json removed = sink_command(session, "remove");
    CHECK(removed["sink_changed"] == true);
    CHECK(removed["default_sink"] == "headphones");
    CHECK_FALSE(has_sink(session));
    CHECK_FALSE(std::filesystem::exists(drop_in(session)));
    CHECK(default_becomes(session, "headphones"));

    const json nothing = sink_command(session, "remove");
    CHECK(nothing["sink_changed"] == false);
    CHECK(nothing["default_changed"] == false);
}

TEST_CASE("a default that the user chose after the installation is kept") {
    PipeWireSession session;
    sink_command(session, "install");
    CHECK(default_becomes(session, "headroom-sink"));
    session.run({"pactl", "set-default-sink", "speakers"});
    CHECK(default_becomes(session, "speakers"));
    CHECK(sink_command(session, "remove")["default_changed"] == false);
    CHECK(default_becomes(session, "speakers"));
}

TEST_CASE("the drop-in makes the sink at the next start of PipeWire") {
    PipeWireSession session;
    sink_command(session, "install");
    const ChildProcess::Environment next{{"PIPEWIRE_CORE", "pipewire-next"},
                                         {"PIPEWIRE_REMOTE", "pipewire-next"}};
    ChildProcess::Environment environment = session.environment();
    for (const auto &[name, value] : next)
        environment[name] = value;
    ChildProcess pipewire({"pipewire"}, environment);
    CHECK(eventually([&] {
        return run_program({"pw-cli", "ls", "Node"}, environment)
                   .standard_output.find("node.name = \"headroom-sink\"") != std::string::npos;
    }));
}

TEST_CASE("without PipeWire sink install is for the next start, and remove takes it back") {
    PipeWireSession session;
    ChildProcess::Environment environment = session.environment();
    environment["PIPEWIRE_REMOTE"] = "nobody";
    const RunResult install = run_program({SINK_TOOL, "sink", "install"}, environment);
    CHECK(install.exit_code == 0);
    CHECK(std::filesystem::exists(drop_in(session)));

    const RunResult remove = run_program({SINK_TOOL, "sink", "remove"}, environment);
    CHECK(remove.exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(drop_in(session)));
    CHECK(run_program({SINK_TOOL, "sink"}, environment).exit_code == 2);
}

TEST_CASE("a sink for one run goes with the program, even if that is killed") {
    PipeWireSession session;
    session.run({"pactl", "set-default-sink", "speakers"});
    REQUIRE(default_becomes(session, "speakers"));
    const auto route = [&] {
        return ChildProcess({ROUTING_TOOL, "route", "headroom", "null-sink", ""},
                            session.jack_environment());
    };
    for (const int signal : {SIGKILL, SIGTERM}) {
        ChildProcess program = route();
        REQUIRE(program.wait_for_output("ready"));
        CHECK(has_sink(session));
        CHECK(default_becomes(session, "headroom-sink"));
        program.signal(signal);
        REQUIRE(program.wait().has_value());
        CHECK(eventually([&] { return !has_sink(session); }));
        CHECK(default_becomes(session, "speakers"));
    }
}
