// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/command_table.hpp"

#include <algorithm>
#include <array>

namespace headroom::osc {

namespace {

using enum Effect;
using enum Cost;

constexpr std::array kCommands{
    CommandInfo{"/headroom/subscribe", "[s pattern] [i rate] [s form]", asks, asks, light,
                "Sends the values of all addresses that the pattern covers, and every change."},
    CommandInfo{"/headroom/unsubscribe", "[s pattern]", asks, asks, light,
                "Ends the subscriptions with this pattern, or all."},
    CommandInfo{"/headroom/port", "i port", asks, asks, light,
                "Sends answers and updates to another UDP port of the same host."},
    CommandInfo{"/headroom/ack", "i number ...", asks, asks, light,
                "Acknowledges packets of updates."},
    CommandInfo{"/headroom/alive", "", asks, asks, light,
                "Answers a number that changes with a restart, and renews subscriptions."},
    CommandInfo{"/headroom/clock", "t time", asks, asks, light,
                "Answers the time of the clock for timed bundles."},
    CommandInfo{"/headroom/sent", "t time", asks, asks, light,
                "First message of a packet: the time of sending."},
    CommandInfo{"/headroom/once", "i number", asks, asks, light,
                "First message of a packet: repeated packets with this number do nothing."},
    CommandInfo{"/headroom/get", "i id s address", asks, asks, light,
                "Answers with the same id, the address and its value."},
    CommandInfo{"/headroom/list", "[s start]", asks, asks, light,
                "Lists the addresses of parameters and meters."},
    CommandInfo{"/headroom/info", "s address", asks, asks, light,
                "Describes a parameter or meter: type, unit, range, default and documentation."},
    CommandInfo{"/headroom/status", "", asks, asks, light,
                "Lists facts about the running program."},
    CommandInfo{"/headroom/status/NAME", "", asks, asks, light, "Answers one of these facts."},
    CommandInfo{"/headroom/route", "[s application] [s route]", asks, acts, light,
                "Lists applications, explains the route of one, or sets it by name or pattern."},
    CommandInfo{"/headroom/route/APPLICATION", "[s route]", asks, acts, light,
                "The route of an application: a bus, bypass, ignore, or unset for the rules."},
    CommandInfo{"/headroom/history", "s bus [i row]", asks, asks, light,
                "The gain of a bus over the last hour, a page of rows of one second each."},
    CommandInfo{"/headroom/meters/layout", "s pattern", asks, asks, light,
                "Lists the meters of a packed subscription in their order."},
    CommandInfo{"/headroom/meters/reset", "[s bus]", acts, acts, light,
                "Resets integrated loudness, maxima and counts, for one bus or all."},
    CommandInfo{"/headroom/profile", "[s profile]", asks, acts, heavy,
                "Answers the running profile; with a name, changes to that profile."},
    CommandInfo{"/headroom/profile/list", "", asks, asks, light,
                "Lists the profiles that are found by name."},
    CommandInfo{"/headroom/profile/why", "", asks, asks, light,
                "Answers the running profile, and why it is that one."},
    CommandInfo{"/headroom/profile/reload", "", acts, acts, heavy,
                "Reads the running profile again."},
    CommandInfo{"/headroom/overlay", "", asks, asks, light,
                "Lists the values that were changed at run time."},
    CommandInfo{"/headroom/overlay/clear", "[s path]", acts, acts, heavy,
                "Discards that change, or all of them."},
    CommandInfo{"/headroom/midi/learn", "[s address]", asks, acts, light,
                "Binds the next control that is moved to the address; stop ends the wait."},
    CommandInfo{"/headroom/midi/list", "", asks, asks, light, "Lists the bindings of controllers."},
    CommandInfo{"/headroom/midi/forget", "s what", acts, acts, light,
                "Removes learned bindings of an address or of a control."},
    CommandInfo{"/headroom/midi/resend", "", acts, acts, light,
                "Updates all lights, displays and motor faders."},
};

/// Calls `each` with every argument; false if they are not written as pairs of type and name.
constexpr bool for_each_argument(std::string_view text, const auto &each) {
    char type = 0;
    bool is_optional = false;
    while (!text.empty()) {
        std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (word == "...")
            continue;
        if (type == 0) {
            is_optional = word.starts_with('[');
            word.remove_prefix(is_optional ? 1 : 0);
            if (word.size() != 1)
                return false;
            type = word.front();
        } else {
            if (word.ends_with(']') != is_optional)
                return false;
            word.remove_suffix(is_optional ? 1 : 0);
            each(CommandArgument{type, word, is_optional});
            type = 0;
        }
    }
    return type == 0;
}

constexpr bool is_well_formed(const CommandInfo &command) {
    return command.documentation.ends_with('.') &&
           for_each_argument(command.arguments, [](const CommandArgument &) {});
}
static_assert(std::all_of(kCommands.begin(), kCommands.end(), is_well_formed));

} // namespace

std::span<const CommandInfo> command_table() {
    return kCommands;
}

std::vector<CommandArgument> arguments_of(const CommandInfo &command) {
    std::vector<CommandArgument> out;
    for_each_argument(command.arguments,
                      [&](const CommandArgument &argument) { out.push_back(argument); });
    return out;
}

bool is_value(const CommandInfo &command) {
    return command.bare == asks && command.given == acts && arguments_of(command).size() == 1;
}

std::string_view open_prefix(const CommandInfo &command) {
    const std::string_view address = command.address;
    const auto last = address.rfind('/') + 1;
    return last < address.size() && address[last] >= 'A' && address[last] <= 'Z'
               ? address.substr(0, last)
               : std::string_view();
}

const CommandInfo *find_command(std::string_view address) {
    const auto has_address = [&](const CommandInfo &command) {
        const auto prefix = open_prefix(command);
        return prefix.empty() ? command.address == address
                              : address.size() > prefix.size() && address.starts_with(prefix);
    };
    const auto at = std::find_if(kCommands.begin(), kCommands.end(), has_address);
    return at != kCommands.end() ? &*at : nullptr;
}

} // namespace headroom::osc
