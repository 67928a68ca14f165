// SPDX-License-Identifier: GPL-3.0-or-later
// What a person sees: a real terminal, by way of tmux.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <unistd.h>

using namespace headroom::test;

namespace {

std::size_t count(const std::string &text, const std::string &part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

/// A terminal of 80 x 24 in which one command runs.
class Terminal {
  public:
    explicit Terminal(const std::string &command)
        : socket_("headroom-test-" + std::to_string(getpid())) {
        tmux({"new-session", "-d", "-x", "80", "-y", "24", command});
        tmux({"set-option", "remain-on-exit", "on"});
    }
    ~Terminal() { tmux({"kill-server"}); }

    std::string screen() { return tmux({"capture-pane", "-p"}).standard_output; }
    void press(const std::string &key) { tmux({"send-keys", key}); }

  private:
    RunResult tmux(std::vector<std::string> arguments) {
        std::vector<std::string> command{"tmux", "-L", socket_, "-f", "/dev/null"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return run_program(command);
    }

    std::string socket_;
};

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
