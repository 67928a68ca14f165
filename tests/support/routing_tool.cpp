// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/routing_tool.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace headroom::test {

std::unique_ptr<ChildProcess> start_routing_tool(std::vector<std::string> arguments,
                                                 const ChildProcess::Environment &environment) {
    arguments.insert(arguments.begin(), ROUTING_TOOL);
    auto child = std::make_unique<ChildProcess>(std::move(arguments), environment);
    if (!child->wait_for_output("ready"))
        throw std::runtime_error("the routing tool is not ready: " + child->standard_error());
    return child;
}

nlohmann::json RoutingMeter::heard() {
    const auto lines = [&] {
        const std::string text = tool_->standard_output();
        return std::count(text.begin(), text.end(), '\n');
    };
    const auto before = lines();
    tool_->signal(SIGUSR1);
    if (!eventually([&] { return lines() > before; }))
        throw std::runtime_error("the routing tool does not answer");
    const std::string text = tool_->standard_output();
    return nlohmann::json::parse(text.substr(text.rfind('\n', text.size() - 2) + 1));
}

} // namespace headroom::test
