// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"
#include "osc/command_table.hpp"
#include "osc/wire/packet.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headroom::osc {

/// A command at an address of its own.
struct CommandNode {
    const CommandInfo *command;
    std::string address;
    std::vector<Argument> value;      ///< what it answers, if that is known without asking
    std::vector<std::string> choices; ///< all that its argument may say; empty if that is open
};

/// The command table at and below a path; one that stands for any name is there for every name
/// there is. Belongs to the control thread.
std::vector<CommandNode> command_nodes(control::ControlSurface &surface, std::string_view path);

} // namespace headroom::osc
