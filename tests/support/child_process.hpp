// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/wait.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace headroom::test {

/// A program started by a test; killed with this object and when the test dies. It reads nothing;
/// what it writes is kept.
class ChildProcess {
  public:
    using Environment = std::map<std::string, std::string>;

    /// arguments: the program, looked for in PATH, and its arguments. environment: added to the
    /// test's own. Throws std::system_error where the program cannot be started.
    explicit ChildProcess(std::vector<std::string> arguments, const Environment &environment = {});
    ~ChildProcess();
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;

    pid_t pid() const { return pid_; }
    bool is_running();
    void signal(int number);

    /// Exit code, or 128 + signal; nothing where the program still runs at the deadline.
    std::optional<int> wait(std::chrono::milliseconds deadline = kDeadline);

    std::string standard_output() const; ///< so far
    std::string standard_error() const;  ///< so far
    /// True once standard output or standard error contains the text.
    bool wait_for_output(std::string_view text, std::chrono::milliseconds deadline = kDeadline);

  private:
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
    int output_fd_ = -1;
    int error_fd_ = -1;
};

/// Runs a program to its end. Throws std::runtime_error where it does not end by the deadline.
struct RunResult {
    int exit_code = 0;
    std::string standard_output;
    std::string standard_error;
};
RunResult run_program(std::vector<std::string> arguments,
                      const ChildProcess::Environment &environment = {},
                      std::chrono::milliseconds deadline = kDeadline);

} // namespace headroom::test
