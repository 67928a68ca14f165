// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/query_tree.hpp"

#include "osc/command_table.hpp"
#include "osc/query/changing_paths.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

using namespace headroom;
using namespace headroom::osc;
using Json = nlohmann::json;

namespace {

const HostInfo host_info{"test", "127.0.0.1", 9140};

struct TreeFixture {
    tests::FakeControlSurface surface;
    AddressSpace addresses{surface};
    QueryTree tree{addresses, surface};

    QueryAnswer get(std::string_view path, std::string_view attribute = "") const {
        return tree.get(path, attribute, host_info);
    }
    Json json(std::string_view path, std::string_view attribute = "") const {
        const auto answer = get(path, attribute);
        REQUIRE(answer.status == 200);
        return Json::parse(answer.json);
    }
};

} // namespace

TEST_CASE("the tree holds every value where its path says, and no node is value and container") {
    const TreeFixture f;
    std::set<std::string> found;
    const std::function<void(const Json &, const std::string &)> walk =
        [&](const Json &node, const std::string &path) {
            REQUIRE(node.at("FULL_PATH") == path);
            CHECK(node.contains("TYPE") != node.contains("CONTENTS"));
            if (node.contains("TYPE"))
                found.insert(path);
            if (!node.contains("CONTENTS"))
                return;
            const std::string root = path == "/" ? path : path + "/";
            for (const auto &[name, child] : node.at("CONTENTS").items())
                walk(child, std::string(root).append(name));
        };
    walk(f.json("/"), "/");
    std::set<std::string> expected;
    for (const Entry &entry : f.addresses.entries())
        if (entry.role == Role::natural && !entry.address.ends_with("/bypass/matched"))
            expected.insert(entry.address);
        else // below a value, and answered at its own path
            CHECK(f.get(entry.address, "TYPE").status == 200);
    for (const CommandInfo &command : command_table())
        if (open_prefix(command).empty())
            CHECK(f.get(command.address, "TYPE").status == 200);
    std::erase_if(found, [](const std::string &path) { return find_command(path) != nullptr; });
    CHECK(found == expected);
}

TEST_CASE("a command tells its arguments, whether it asks or sets, and its sentence") {
    const TreeFixture f;
    CHECK(f.json("/headroom/history") == Json::parse(R"({"FULL_PATH": "/headroom/history",
        "TYPE": "si", "ACCESS": 2, "TAGS": ["asks"],
        "DESCRIPTION": "The gain of a bus over the last hour, a page of rows of one second each."})"));
    CHECK(f.json("/headroom/meters/reset", "TAGS")["TAGS"] == Json::array({"sets"}));
    CHECK(f.json("/headroom/alive", "TYPE")["TYPE"] == "I");
    // Others stand below these, and each is answered at its own path.
    CHECK(f.json("/headroom/overlay")["CONTENTS"].contains("clear"));
    CHECK(f.json("/headroom/overlay", "TAGS")["TAGS"] == Json::array({"asks"}));
}

TEST_CASE("facts and routes are nodes with their values") {
    TreeFixture f;
    f.surface.facts.emplace_back("frames", std::int64_t{1} << 40);
    CHECK(f.json("/headroom/status")["CONTENTS"].size() == f.surface.facts.size());
    CHECK(f.json("/headroom/status/buses") == Json::parse(R"({"FULL_PATH": "/headroom/status/buses",
        "TYPE": "ss", "ACCESS": 1, "VALUE": ["main", "headphones"], "TAGS": ["asks"],
        "DESCRIPTION": "Answers one of these facts."})"));
    CHECK(f.json("/headroom/status/frames", "VALUE")["VALUE"] ==
          Json::array({std::int64_t{1} << 40}));
    CHECK(f.json("/headroom/status/frames", "TYPE")["TYPE"] == "h");
    const Json route = f.json("/headroom/route/Web_Browser");
    CHECK(route["VALUE"] == Json::array({"bypass"}));
    CHECK(route["ACCESS"] == 3);
    CHECK(route["RANGE"][0]["VALS"] == Json::array({"main", "voice", "bypass", "ignore", "unset"}));
    CHECK(f.get("/headroom/route/nobody").status == 404);
}

TEST_CASE("a parameter is described by the registry") {
    TreeFixture f;
    const auto ceiling = *f.surface.find_parameter("bus/main/limiter/ceiling");
    REQUIRE(f.surface.write(std::array{control::ParameterWrite{ceiling, -2.5f}}));
    const Json node = f.json("/headroom/bus/main/limiter/ceiling");
    CHECK(node == Json::parse(R"({"FULL_PATH": "/headroom/bus/main/limiter/ceiling", "TYPE": "f",
        "ACCESS": 3, "VALUE": [-2.5], "RANGE": [{"MIN": -20.0, "MAX": 0.0}], "CLIPMODE": ["both"],
        "DESCRIPTION": "True peak that the output never exceeds.", "UNIT": ["dBTP"]})"));
    CHECK(f.json("/headroom/bus/main/limiter/ceiling/text", "VALUE")["VALUE"] ==
          Json::array({"-2.5 dBTP"}));
    CHECK(f.json("/headroom/bus/main/limiter/ceiling/norm", "RANGE")["RANGE"] ==
          Json::parse(R"([{"MIN": 0.0, "MAX": 1.0}])"));
}

TEST_CASE("a choice is a whole number, or one of its symbols") {
    const TreeFixture f;
    CHECK(f.json("/headroom/bus/main/limiter/mode", "TYPE")["TYPE"] == "i");
    CHECK(f.json("/headroom/bus/main/limiter/mode", "RANGE")["RANGE"] ==
          Json::parse(R"([{"MIN": 0, "MAX": 2}])"));
    CHECK(f.json("/headroom/bus/main/limiter/mode/text", "RANGE")["RANGE"] ==
          Json::parse(R"([{"VALS": ["low", "normal", "quality"]}])"));
}

TEST_CASE("a meter can only be read, an action only be written") {
    const TreeFixture f;
    CHECK(f.json("/headroom/meter/bus/main/output/momentary", "ACCESS")["ACCESS"] == 1);
    CHECK(f.json("/headroom/bus/main/bypass/toggle", "ACCESS")["ACCESS"] == 2);
    CHECK(f.get("/headroom/bus/main/bypass/toggle", "VALUE").status == 204);
    CHECK(f.json("/headroom/bus", "ACCESS")["ACCESS"] == 0);
}

TEST_CASE("questions without an answer have a status that says why") {
    const TreeFixture f;
    CHECK(f.get("/headroom/nothing").status == 404);
    CHECK(f.get("/head").status == 404);
    CHECK(f.get("/headroom/bus/main", "VALUE").status == 204);
    CHECK(f.get("/headroom/bus/main", "NOTHING").status == 400);
    CHECK(f.get("/headroom/bus/main/").status == 200);
    CHECK(f.get("/headroom/bypass/norm", "CONTENTS").status == 204);
    CHECK(f.get("/headroom/bypass", "CONTENTS").status == 204);
}

TEST_CASE("the host tells its ports and what it can do") {
    const TreeFixture f;
    const Json host = f.json("/", "HOST_INFO");
    CHECK(host["NAME"] == "test");
    CHECK(host["OSC_IP"] == "127.0.0.1");
    CHECK(host["OSC_PORT"] == 9140);
    CHECK(host["WS_PORT"] == 9140);
    CHECK(host["OSC_TRANSPORT"] == "UDP");
    CHECK(host["EXTENSIONS"]["LISTEN"] == true);
}

TEST_CASE("nodes that come and go with applications are told") {
    tests::FakeControlSurface surface;
    ChangingPaths paths(surface);
    CHECK(paths.changes().empty());
    surface.add_strip("mpv");
    surface.application_list.erase(surface.application_list.begin());
    CHECK(paths.changes() ==
          std::vector<std::string>{R"({"COMMAND":"PATH_REMOVED","DATA":"/headroom/route/mpv"})",
                                   R"({"COMMAND":"PATH_ADDED","DATA":"/headroom/meter/strip/mpv"})",
                                   R"({"COMMAND":"PATH_ADDED","DATA":"/headroom/strip/mpv"})"});
    CHECK(paths.changes().empty());
    surface.application_list.push_back({.name = "Web Radio", .route = "main"});
    CHECK(paths.changes() == std::vector<std::string>{
                                 R"({"COMMAND":"PATH_ADDED","DATA":"/headroom/route/Web_Radio"})"});
}

TEST_CASE("names that share an address are one node") {
    TreeFixture f;
    f.surface.application_list.push_back({.name = "Web/Browser", .route = "main"});
    f.surface.facts.emplace_back("server", std::string("another"));
    CHECK(f.json("/headroom/route")["CONTENTS"].size() == 2);
    CHECK(f.json("/headroom/status/server", "VALUE")["VALUE"] == Json::array({"fake"}));
    CHECK(f.json("/")["CONTENTS"].contains("headroom"));
}
