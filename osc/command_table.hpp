// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace headroom::osc {

/// Whether a message leaves everybody else as they are.
enum class Effect : std::uint8_t { asks, acts };

/// What carrying out takes: after a heavy one its peer waits for the next turn, and a packet has
/// few of them.
enum class Cost : std::uint8_t { light, heavy };

/// An address that is neither a parameter nor a meter. Whoever may not set may send what asks.
struct CommandInfo {
    std::string_view address; ///< a part in capital letters stands for any name
    std::string_view
        arguments; ///< as the manual writes them; in brackets those that may be left out
    Effect bare;   ///< without arguments
    Effect given;  ///< with arguments
    Cost cost;
    std::string_view documentation; ///< one sentence
};

struct CommandArgument {
    char type;             ///< OSC type tag
    std::string_view name; ///< what it says; the same name means the same everywhere
    bool is_optional;
};

/// In their order. One that may be repeated stands once.
std::vector<CommandArgument> arguments_of(const CommandInfo &command);

/// Whether the command stands for one value, which is asked for without arguments and set by one.
bool is_value(const CommandInfo &command);

/// All there are: dispatcher, permissions, manual, OSCQuery and completion read it.
std::span<const CommandInfo> command_table();

/// "/headroom/status/" of "/headroom/status/NAME"; empty if no part stands for any name.
std::string_view open_prefix(const CommandInfo &command);

/// nullptr if no command has the address.
const CommandInfo *find_command(std::string_view address);

} // namespace headroom::osc
