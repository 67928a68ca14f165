// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace headroom::app {

/// Runs a program of PATH to its end, without a shell, and returns what it wrote to standard
/// output. A failure where it is not there, ends with another code than 0, or takes over 5 s.
Result<std::string> run_tool(const std::vector<std::string> &arguments);

/// A program of PATH that reads commands from standard input, and ends with this object, or with
/// the thread that started it, however that ends.
class FedTool {
  public:
    static Result<FedTool> start(const std::vector<std::string> &arguments);
    FedTool(FedTool &&other) noexcept;
    FedTool &operator=(FedTool &&) = delete;
    ~FedTool();

    Result<void> write_line(const std::string &line);

    /// It has ended by itself.
    bool has_ended();

  private:
    FedTool(pid_t pid, int input_fd) : pid_(pid), input_fd_(input_fd) {}

    pid_t pid_;
    int input_fd_;
};

} // namespace headroom::app
