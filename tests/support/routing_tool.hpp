// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/child_process.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace headroom::test {

/// Starts tests/integration/tools/routing_tool and waits until it is ready; throws
/// std::runtime_error with what it said otherwise.
std::unique_ptr<ChildProcess> start_routing_tool(std::vector<std::string> arguments,
                                                 const ChildProcess::Environment &environment);

/// A sink or a tap of the tool: counts what arrives, by kind, over both of its channels.
class RoutingMeter {
  public:
    explicit RoutingMeter(std::unique_ptr<ChildProcess> tool) : tool_(std::move(tool)) {}

    /// What has arrived since the last call.
    nlohmann::json heard();

  private:
    std::unique_ptr<ChildProcess> tool_;
};

} // namespace headroom::test
