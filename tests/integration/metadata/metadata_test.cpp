// SPDX-License-Identifier: GPL-3.0-or-later
// How patchbays show the program.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/pipewire_session.hpp"
#include "tests/support/probe_client.hpp"

#include <fstream>
#include <set>

using namespace headroom::test;
using nlohmann::json;

namespace {

constexpr const char *kProfile = R"(
buses:
  main:
    insert: { ports: on }
    compressor: { sidechain: ports }
  film: { channels: 5.1 }
rules:
  - match: { client: "player*" }
    route: main
    strip: on
  - match: { client: "*" }
    route: ignore
)";

std::string profile_in(const std::filesystem::path &folder) {
    std::string file = folder / "metadata.yaml";
    std::ofstream(file) << kProfile;
    return file;
}

json shown(const ChildProcess::Environment &environment) {
    const RunResult result = run_program({METADATA_TOOL, "show", "headroom"}, environment);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.standard_output);
}

void check_port(const json &all, const std::string &port, const std::string &group,
                const std::string &channel) {
    CAPTURE(port);
    const json known = all["ports"].value(port, json::object());
    CHECK(known.value("pretty-name", "") == group + " " + channel);
    CHECK(known.value("port-group", "") == group);
    CHECK(known.value("signal-type", "") == "AUDIO");
}

/// Of what does not come and go.
void check_buses(const json &all) {
    CHECK(all.value("icon-name", "") == "multimedia-volume-control");
    for (const auto &[kind, group] :
         {std::pair("in", "main in"), std::pair("out", "main out"), std::pair("send", "main send"),
          std::pair("return", "main return"), std::pair("sidechain", "main sidechain")}) {
        check_port(all, std::string("main_") + kind + "_1", group, "FL");
        check_port(all, std::string("main_") + kind + "_2", group, "FR");
    }
    check_port(all, "film_in_6", "film in", "SR");
    check_port(all, "film_out_3", "film out", "FC");
    for (const auto &[port, name] :
         {std::pair("midi_in", "controllers in"), std::pair("midi_out", "controllers out")}) {
        const json known = all["ports"].value(port, json::object());
        CHECK(known.value("pretty-name", "") == name);
        CHECK(known.value("port-group", "") == "controllers");
    }
}

/// Every port has a name, and a place of its own.
void check_order(const json &all) {
    std::set<int> places;
    for (const auto &[port, known] : all["ports"].items()) {
        CAPTURE(port);
        CHECK_FALSE(known.value("pretty-name", "").empty());
        const std::string order = known.value("order", "");
        REQUIRE_FALSE(order.empty());
        CHECK(places.insert(std::stoi(order)).second);
    }
}

/// The client "player" gets other names, and the ports of its strip follow.
void check_renaming(const ChildProcess::Environment &environment) {
    for (const std::string name : {"Chamber music", "Late news"}) {
        CAPTURE(name);
        CHECK(run_program({METADATA_TOOL, "rename", "player", name}, environment).exit_code == 0);
        CHECK(eventually([&] {
            const json now = shown(environment)["ports"]["player_2"];
            return now.value("pretty-name", "") == name + " FR" &&
                   now.value("port-group", "") == name;
        }));
    }
}

} // namespace

TEST_CASE("a patchbay under JACK2 is told everything of every port") {
    const TemporaryFolder folder;
    const JackServer server;
    const HeadroomProcess headroom({"--profile", profile_in(folder.path())}, server.environment());
    const ProbeClient player(server.name(), "player", 2, 0);
    REQUIRE(eventually([&] { return shown(server.environment())["ports"].contains("player_2"); }));
    const json all = shown(server.environment());
    check_buses(all);
    check_port(all, "player_1", "player", "FL");
    check_port(all, "player_2", "player", "FR");
    check_order(all);
    check_renaming(server.environment());
}

TEST_CASE("a patchbay under PipeWire is told everything of every port") {
    const PipeWireSession session;
    const HeadroomProcess headroom({"--profile", profile_in(session.folder())},
                                   session.environment());
    const json all = shown(session.jack_environment());
    check_buses(all);
    check_order(all);
}

TEST_CASE("under PipeWire the ports of a strip show the application, under its newest name") {
    const PipeWireSession session;
    const HeadroomProcess headroom({"--profile", profile_in(session.folder())},
                                   session.environment());
    const ChildProcess player({"pacat", "--client-name=player", "/dev/zero"},
                              session.environment());
    const auto environment = session.jack_environment();
    REQUIRE(eventually([&] {
        const json port = shown(environment)["ports"]["player_2"];
        return port.is_object() && port.contains("signal-type");
    }));
    const json all = shown(environment);
    check_buses(all);
    check_port(all, "player_1", "player", "FL");
    check_port(all, "player_2", "player", "FR");
    check_order(all);
    check_renaming(environment);
}

TEST_CASE("a server without metadata is no obstacle") {
    const TemporaryFolder folder;
    const JackServer server;
    ChildProcess::Environment environment = server.environment();
    environment["LD_PRELOAD"] = NO_METADATA;
    HeadroomProcess headroom({"--profile", profile_in(folder.path())}, environment);
    const ProbeClient player(server.name(), "player", 2, 0);
    REQUIRE(eventually([&] { return shown(server.environment())["ports"].contains("player_2"); }));
    const auto ports = shown(server.environment())["ports"];
    for (const auto &[port, known] : ports.items()) {
        CAPTURE(port);
        CHECK(known.empty());
    }
    CHECK(headroom.get("bus/main/limiter/ceiling") == -1.0);
    CHECK(headroom.finish()["xruns"].is_number());
}
