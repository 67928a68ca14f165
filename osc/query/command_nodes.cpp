// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/command_nodes.hpp"

#include "osc/address_space.hpp"

namespace headroom::osc {

namespace {

bool is_at_or_below(std::string_view address, std::string_view path) {
    return path == "/" || address == path ||
           (address.starts_with(path) && address[path.size()] == '/');
}

void add_facts(const CommandInfo &command, control::ControlSurface &surface,
               std::vector<CommandNode> &to) {
    for (const auto &[name, value] : surface.status())
        to.push_back({&command,
                      std::string(open_prefix(command)) + address_part(name),
                      arguments_of(value),
                      {}});
}

void add_routes(const CommandInfo &command, control::ControlSurface &surface,
                std::vector<CommandNode> &to) {
    const auto buses = surface.bus_names();
    std::vector<std::string> choices(buses.begin(), buses.end());
    choices.insert(choices.end(), {"bypass", "ignore", "unset"});
    for (const auto &application : surface.applications())
        to.push_back({&command,
                      std::string(open_prefix(command)) + address_part(application.name),
                      {application.route},
                      choices});
}

std::vector<Argument> value_of(std::string_view address, control::ControlSurface &surface) {
    if (auto *profiles = surface.profile_control(); address == "/headroom/profile" && profiles)
        return {profiles->profile_in_use().first};
    if (auto *midi = surface.controllers(); address == "/headroom/midi/learn" && midi)
        return {midi->learning().address};
    return {};
}

} // namespace

std::vector<CommandNode> command_nodes(control::ControlSurface &surface, std::string_view path) {
    std::vector<CommandNode> out;
    for (const CommandInfo &command : command_table()) {
        const std::string_view prefix = open_prefix(command);
        if (prefix.empty() && is_at_or_below(command.address, path))
            out.push_back(
                {&command, std::string(command.address), value_of(command.address, surface), {}});
        else if (prefix.empty() || !(path.starts_with(prefix) || is_at_or_below(prefix, path)))
            continue;
        else if (prefix == "/headroom/status/")
            add_facts(command, surface, out);
        else if (prefix == "/headroom/route/")
            add_routes(command, surface, out);
    }
    std::erase_if(out,
                  [&](const CommandNode &node) { return !is_at_or_below(node.address, path); });
    return out;
}

} // namespace headroom::osc
