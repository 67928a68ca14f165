// SPDX-License-Identifier: GPL-3.0-or-later
// The monitor in a real terminal, beside a program that plays its demo.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/terminal.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace headroom::test;

namespace {

std::string monitor(const HeadroomProcess &process, const std::string &options = {}) {
    return headroom_program() + " monitor --port " + std::to_string(process.osc_port()) + " " +
           options + "; echo ended with $?; sleep 600";
}

std::string read(const std::string &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

TEST_CASE("the monitor shows the running program and plays on it") {
    HeadroomProcess process({"--no-overlay"}, empty_machine());
    Terminal terminal(monitor(process));
    REQUIRE(terminal.shows("> demo"));
    REQUIRE(terminal.shows("live"));
    std::string screen = terminal.screen();
    INFO(screen);
    for (const char *part :
         {"headroom 0.", "profile default", "JACK2", "main  target -18.0 LUFS", " in   peak",
          " out  peak", "hold", " M in", " S in", " I in", " agc", " compressor", " limiter", "█",
          "callback", "load", "xruns", "everything else", "? help"})
        CHECK(screen.find(part) != std::string::npos);
    CHECK(std::count(screen.begin(), screen.end(), '\n') <= 24);
    CHECK(eventually([&] { return terminal.screen() != screen; })); // it moves
    CHECK(terminal.painted_screen().find("\x1b[32m") != std::string::npos);

    // Without flicker: nothing is erased as a whole, and only what has changed is sent.
    const TemporaryFolder folder;
    const std::string sent = folder.path() / "sent";
    terminal.record(sent);
    const auto size = [&] { return std::filesystem::exists(sent) ? read(sent).size() : 0u; };
    REQUIRE(eventually([&] { return size() > 10000; }));
    const std::string bytes = read(sent);
    for (const char *erasure : {"\x1b[2J", "\x1b[3J",
                                "\x1b"
                                "c"})
        CHECK(bytes.find(erasure) == std::string::npos);

    terminal.press("b");
    CHECK(terminal.shows("BYPASS"));
    CHECK(process.get("bypass") == 1.0);
    terminal.press("b");
    CHECK(terminal.shows("live"));
    terminal.press("a");
    CHECK(terminal.shows("bypass is matched"));
    CHECK(process.get("bus/main/bypass/matched") == 1.0);
    terminal.press("a");
    terminal.press("d");
    CHECK(terminal.shows("DIFFERENCE"));
    CHECK(process.get("bus/main/listen") == 1.0);
    terminal.press("d");
    CHECK(eventually([&] { return process.get("bus/main/listen") == 0.0; }));

    terminal.press("?");
    CHECK(terminal.shows("choose an application"));
    terminal.press("Escape");
    CHECK(terminal.shows("> demo"));

    terminal.press("p");
    REQUIRE(terminal.shows("> broadcast"));
    terminal.press("Down");
    terminal.press("Down");
    REQUIRE(terminal.shows("> commute"));
    terminal.press("Enter");
    CHECK(terminal.shows("profile commute"));
    CHECK(process.status("profile") == "commute");
    CHECK(terminal.shows("target -16.0 LUFS"));

    terminal.press("r");
    CHECK(terminal.shows("are reset"));

    terminal.resize(120, 40);
    CHECK(eventually([&] {
        std::istringstream lines(terminal.screen());
        std::string last;
        for (std::string line; std::getline(lines, line);)
            last = line.empty() ? last : line;
        return std::count(screen.begin(), screen.end(), '\n') == 24 && last.find("? help") == 0 &&
               terminal.screen().size() > screen.size();
    }));
    terminal.press("q");
    CHECK(terminal.shows("ended with 0"));
}

TEST_CASE("the monitor says when figures are old and comes back with headroom") {
    auto process = std::make_unique<HeadroomProcess>(std::vector<std::string>{"--no-overlay"},
                                                     empty_machine());
    const std::string port = std::to_string(process->osc_port());
    Terminal terminal(monitor(*process, "--ascii --mono"));
    REQUIRE(terminal.shows("> demo"));
    const std::string screen = terminal.screen();
    CHECK(screen.find('#') != std::string::npos);
    CHECK(std::none_of(screen.begin(), screen.end(),
                       [](char c) { return c != '\n' && (c < ' ' || c > '~'); }));
    for (const char *colour : {"\x1b[31m", "\x1b[32m", "\x1b[33m"})
        CHECK(terminal.painted_screen().find(colour) == std::string::npos);
    process.reset();
    CHECK(terminal.shows("STALE for"));
    ChildProcess again({headroom_program(), "run", "--json", "--no-overlay", "--osc-port", port,
                        "--profile", "night"},
                       empty_machine());
    CHECK(terminal.shows("profile night"));
    CHECK(terminal.shows("live"));
    CHECK(terminal.shows("target -26.0 LUFS"));
    again.signal(SIGTERM);
    again.wait();
}

TEST_CASE("monitor --json streams lines, also where there is no terminal") {
    HeadroomProcess process({"--no-overlay"}, empty_machine());
    const std::string port = std::to_string(process.osc_port());
    ChildProcess monitor(
        {headroom_program(), "monitor", "--json", "--interval", "0.1", "--port", port});
    REQUIRE(eventually([&] {
        const std::string out = monitor.standard_output();
        return std::count(out.begin(), out.end(), '\n') >= 5 &&
               out.find("\"demo\"") != std::string::npos;
    }));
    std::istringstream lines(monitor.standard_output());
    std::string line;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(std::getline(lines, line));
        const auto object = nlohmann::json::parse(line);
        CHECK(object.at("buses").at("main").at("agc/gain").is_number());
        CHECK(object.at("stale") == false);
    }
    const RunResult none = run_program({headroom_program(), "monitor", "--port", port});
    CHECK(none.exit_code == 1);
    CHECK(none.standard_error.find("--json") != std::string::npos);
}
