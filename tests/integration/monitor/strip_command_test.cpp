// SPDX-License-Identifier: GPL-3.0-or-later
// headroom strip, on a real JACK server.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"

#include <fstream>

using namespace headroom::test;
using nlohmann::json;

namespace {

bool says(const RunResult &result, const std::string &text) {
    INFO(result.standard_error);
    return result.standard_error.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("strip list, set and reset speak to the running program") {
    const TemporaryFolder folder;
    const std::string profile = folder.path() / "mine.yaml";
    std::ofstream(profile) << "rules: [{ match: { client: \"Web*\" }, route: main, strip: on }]\n";
    const JackServer server;
    HeadroomProcess process({"--profile", profile}, server.environment());
    const auto strip = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {headroom_program(), "strip"});
        words.insert(words.end(), {"--port", std::to_string(process.osc_port())});
        return run_program(words);
    };
    CHECK(strip({"list"}).standard_output.find("strip: on") != std::string::npos);
    CHECK(says(strip({"set", "Web Browser", "trim", "-6"}), "\"headroom strip list\""));

    auto browser = std::make_unique<ProbeClient>(server.name(), "Web Browser", 2, 0);
    REQUIRE(eventually([&] { return process.status("strips") == "Web_Browser"; }));
    CHECK(strip({"set", "Web Browser", "trim", "-6"}).standard_output ==
          "strip/Web_Browser/trim -6.0 dB\n");
    CHECK(
        strip({"set", "--json", "Web_Browser", "mute=on", "rider/target=-30 dBFS"})
            .standard_output ==
        "{\n  \"strip/Web_Browser/mute\": \"on\",\n  \"strip/Web_Browser/rider/target\": -30\n}\n");

    json list = json::parse(strip({"list", "--json"}).standard_output);
    REQUIRE(list.size() == 1);
    CHECK(list[0].at("name") == "Web_Browser");
    CHECK(list[0].at("plays") == true);
    CHECK(list[0].at("trim") == -6);
    CHECK(list[0].at("mute") == "on");
    CHECK(list[0].at("solo") == "off");
    CHECK(list[0].contains("momentary"));

    CHECK(strip({"set", "Web Browser", "volume", "3"}).exit_code == 2);
    CHECK(says(strip({"set", "Web Browser", "volume", "3"}), "trim, mute, solo"));
    CHECK(strip({"set", "Web Browser", "trim"}).exit_code == 2);
    CHECK(strip({"set", "Web Browser", "trim", "loud"}).exit_code == 1);
    CHECK(says(strip({"set", "Web Browser", "trim", "loud"}), "-60"));

    CHECK(strip({"reset", "Web Browser", "trim"}).standard_output ==
          "strip/Web_Browser/trim 0.0 dB\n");
    CHECK(strip({"reset", "Web Browser"}).exit_code == 0);
    CHECK(process.get("strip/Web_Browser/mute") == 0.0);

    browser.reset();
    CHECK(eventually([&] { return process.status("strips").empty(); }));
    const std::string line = strip({"list"}).standard_output;
    CHECK(line.find("Web_Browser  trim 0.0 dB  mute off") == 0);
    CHECK(line.find("(does not play)") != std::string::npos);
}
