// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/child_process.hpp"

#include <atomic>
#include <string>
#include <unistd.h>
#include <vector>

namespace headroom::test {

/// A terminal in which one command of the shell runs, by way of tmux; ended with this object.
class Terminal {
  public:
    explicit Terminal(const std::string &command, int columns = 80, int rows = 24) {
        static std::atomic<int> count{0};
        socket_ = "headroom-test-" + std::to_string(getpid()) + "-" + std::to_string(count++);
        tmux({"new-session", "-d", "-x", std::to_string(columns), "-y", std::to_string(rows),
              command});
        tmux({"set-option", "remain-on-exit", "on"});
    }
    ~Terminal() { tmux({"kill-server"}); }
    Terminal(const Terminal &) = delete;
    Terminal &operator=(const Terminal &) = delete;

    std::string screen() { return tmux({"capture-pane", "-p"}).standard_output; }
    /// With the escape sequences of colours and attributes.
    std::string painted_screen() { return tmux({"capture-pane", "-p", "-e"}).standard_output; }
    /// Writes to a file what the command sends to the terminal from now on.
    void record(const std::string &file) { tmux({"pipe-pane", "-o", "cat > " + file}); }
    /// Keys as tmux names them.
    void press(const std::string &key) { tmux({"send-keys", key}); }
    void resize(int columns, int rows) {
        tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
    }

    /// True once the screen holds the text.
    bool shows(const std::string &text) {
        return eventually([&] { return screen().find(text) != std::string::npos; });
    }

  private:
    RunResult tmux(std::vector<std::string> arguments) {
        std::vector<std::string> command{"tmux", "-u", "-L", socket_, "-f", "/dev/null"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        // The user's own may be dash, which ends with what Ctrl-C ends.
        return run_program(
            command, {{"LC_ALL", "C.UTF-8"}, {"TERM", "xterm-256color"}, {"SHELL", "/bin/bash"}});
    }

    std::string socket_;
};

} // namespace headroom::test
