// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <string>
#include <vector>

namespace headroom::app {

/// Runs a program of PATH to its end, without a shell, and returns what it wrote to standard
/// output. A failure where it is not there, ends with another code than 0, or takes over 5 s.
Result<std::string> run_tool(const std::vector<std::string> &arguments);

} // namespace headroom::app
