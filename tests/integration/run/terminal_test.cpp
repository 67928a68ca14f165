// SPDX-License-Identifier: GPL-3.0-or-later
// What a person sees: a real terminal, by way of tmux.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/terminal.hpp"

using namespace headroom::test;

namespace {

std::size_t count(const std::string &text, const std::string &part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

} // namespace

TEST_CASE("a terminal shows one live block, and a summary after Ctrl-C") {
    const TemporaryFolder state;
    Terminal terminal("env XDG_STATE_HOME=" + state.path().string() +
                      " JACK_DEFAULT_SERVER=headroom-test-no-such-server "
                      "XDG_RUNTIME_DIR=/nonexistent PIPEWIRE_RUNTIME_DIR=/nonexistent " +
                      headroom_program() + " run --osc-port 0; echo ended with $?; sleep 600");
    REQUIRE(
        eventually([&] { return terminal.screen().find("demo -> main") != std::string::npos; }));
    const std::string first = terminal.screen();
    REQUIRE(eventually([&] { return terminal.screen() != first; }));
    const std::string screen = terminal.screen();
    INFO(screen);
    for (const char *part : {"headroom 0.", "LUFS   true peak", "agc", "compressor", "limiter",
                             "callback", "xruns", "demo -> main"})
        CHECK(count(screen, part) >= 1);
    CHECK(count(screen, "LUFS   true peak") == 1);
    CHECK(count(screen, "demo -> main") == 1);

    terminal.press("C-c");
    REQUIRE(
        eventually([&] { return terminal.screen().find("ended with 0") != std::string::npos; }));
    const std::string last = terminal.screen();
    INFO(last);
    CHECK(last.find("main: true peak") != std::string::npos);
    CHECK(count(last, "LUFS   true peak") == 0);
}
