// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/terminal.hpp"

#include <cmath>
#include <fstream>
#include <memory>
#include <string>

namespace headroom::test {

/// A real server on which an application plays; the program and its monitor come when asked for.
struct MonitorStage {
    TemporaryFolder folder;
    std::string profile = folder.path() / "mine.yaml";
    JackServer server;
    ProbeClient player{server.name(), "player", 2, 0};
    std::unique_ptr<HeadroomProcess> headroom;
    std::unique_ptr<Terminal> terminal;

    /// With these buses, as YAML has them; the player has a strip.
    void start_headroom(const std::string &buses = {}) {
        std::ofstream(profile) << buses << "rules:\n"
                               << "  - { match: { client: \"player*\" }, route: main, strip: on }\n"
                               << "  - { match: {}, route: main }\n";
        auto environment = server.environment();
        environment["XDG_STATE_HOME"] = folder.path();
        headroom = std::make_unique<HeadroomProcess>(std::vector<std::string>{"--profile", profile},
                                                     environment);
        REQUIRE(eventually([&] { return headroom->status("strips") == "player"; }));
    }
    void start_monitor() {
        terminal = std::make_unique<Terminal>(headroom_program() + " monitor --port " +
                                                  std::to_string(headroom->osc_port()),
                                              110, 40);
    }
    /// The program has that value within the time that tests wait.
    bool becomes(const std::string &path, double value) const {
        return eventually([&] { return std::fabs(headroom->get(path) - value) < 0.01; });
    }
};

} // namespace headroom::test
