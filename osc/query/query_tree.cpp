// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/query_tree.hpp"

#include "osc/query/command_nodes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace headroom::osc {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 11> kAttributes{
    "FULL_PATH",   "CONTENTS", "TYPE",     "ACCESS", "VALUE",    "RANGE",
    "DESCRIPTION", "UNIT",     "CLIPMODE", "TAGS",   "HOST_INFO"};

enum Access { kNone = 0, kRead = 1, kWrite = 2, kReadWrite = 3 };

/// The double that prints as short as the float does: 0.1f gives 0.1.
double shortest(float value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.begin(), text.end(), value).ptr;
    double out = 0.0;
    std::from_chars(text.begin(), end, out);
    return out;
}

Json to_json(const Argument &argument) {
    if (const auto *number = std::get_if<float>(&argument))
        return shortest(*number);
    if (const auto *whole = std::get_if<std::int32_t>(&argument))
        return *whole;
    if (const auto *whole = std::get_if<std::int64_t>(&argument))
        return *whole;
    if (const auto *text = std::get_if<std::string>(&argument))
        return *text;
    return nullptr;
}

const char *type_of(const Argument &argument) {
    return std::holds_alternative<std::string>(argument)    ? "s"
           : std::holds_alternative<std::int32_t>(argument) ? "i"
           : std::holds_alternative<std::int64_t>(argument) ? "h"
                                                            : "f";
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// Positions of the arguments of /headroom/info.
enum InfoArgument { kUnit = 2, kMinimum = 3, kMaximum = 4, kDocumentation = 7, kSymbols = 9 };

template <class T> const T &info(const Message &message, InfoArgument which) {
    return std::get<T>(message.arguments[which]);
}

Json range(Role role, const Message &about) {
    const auto symbols = split(info<std::string>(about, kSymbols), '|');
    switch (role) {
    case Role::norm:
        return {{{"MIN", 0.0}, {"MAX", 1.0}}};
    case Role::text:
        return symbols.empty() ? Json(nullptr) : Json{{{"VALS", symbols}}};
    case Role::natural: {
        const float minimum = info<float>(about, kMinimum);
        const float maximum = info<float>(about, kMaximum);
        if (std::get<std::string>(about.arguments[1]) == "i")
            return {{{"MIN", static_cast<int>(minimum)}, {"MAX", static_cast<int>(maximum)}}};
        return {{{"MIN", shortest(minimum)}, {"MAX", shortest(maximum)}}};
    }
    default:
        return nullptr;
    }
}

Json described(const AddressSpace &addresses, const Entry &entry) {
    const Message about = addresses.info(entry.item);
    const bool is_action = entry.role >= Role::toggle;
    const bool is_meter = addresses.is_meter(entry.item);
    Json out;
    if (is_action) {
        out["TYPE"] = entry.role == Role::increment ? "f" : "I";
        out["ACCESS"] = kWrite;
    } else {
        const Argument value = addresses.read(entry);
        out["TYPE"] = type_of(value);
        out["ACCESS"] = is_meter ? kRead : kReadWrite;
        out["VALUE"] = {to_json(value)};
        if (Json allowed = range(entry.role, about); !allowed.is_null())
            out["RANGE"] = std::move(allowed);
        if (!is_meter && entry.role != Role::text)
            out["CLIPMODE"] = {"both"};
    }
    out["DESCRIPTION"] = info<std::string>(about, kDocumentation);
    if (const auto &unit = info<std::string>(about, kUnit);
        !unit.empty() && (entry.role == Role::natural || entry.role == Role::increment))
        out["UNIT"] = {unit};
    return out;
}

/// What a command does with a message is in its tags: "asks", "sets" or both.
Json described(const CommandNode &node) {
    const CommandInfo &command = *node.command;
    const bool asks = command.bare == Effect::asks;
    const bool sets = command.bare == Effect::acts || command.given == Effect::acts;
    std::string types;
    for (const CommandArgument &argument : arguments_of(command))
        types += argument.type;
    Json value = Json::array();
    for (const Argument &argument : node.value) {
        value.push_back(to_json(argument));
        if (command.arguments.empty())
            types += type_of(argument);
    }
    Json out;
    out["TYPE"] = types.empty() ? "I" : types;
    if (value.empty())
        out["ACCESS"] = kWrite;
    else
        out["ACCESS"] = sets ? kReadWrite : kRead;
    if (!value.empty())
        out["VALUE"] = std::move(value);
    if (!node.choices.empty())
        out["RANGE"] = {{{"VALS", node.choices}}};
    out["DESCRIPTION"] = command.documentation;
    out["TAGS"] = Json::array();
    if (asks)
        out["TAGS"].push_back("asks");
    if (sets)
        out["TAGS"].push_back("sets");
    return out;
}

/// What has an address: a parameter or meter in one of its forms, or a command.
struct Leaf {
    std::string_view address;
    const Entry *entry;         ///< nullptr for a command
    const CommandNode *command; ///< nullptr for an entry

    /// It is shown in place of what stands below it.
    bool hides_others() const { return entry != nullptr || is_value(*command->command); }
};

Json described(const AddressSpace &addresses, const Leaf &leaf) {
    return leaf.entry != nullptr ? described(addresses, *leaf.entry) : described(*leaf.command);
}

/// As clients put it into an URL.
std::string in_url(const std::string &ip) {
    return ip.find(':') != ip.npos ? "[" + ip + "]" : ip;
}

/// The first part of `rest`, which begins behind a slash.
std::string_view first_part(std::string_view rest) {
    return rest.substr(0, rest.find('/'));
}

/// A node and everything below it. `leaves`: those whose address is the path, or goes on behind
/// it, sorted.
Json node(const AddressSpace &addresses, const std::string &path, std::span<const Leaf> leaves) {
    Json out{{"FULL_PATH", path}};
    if (!leaves.empty() && leaves.front().address == path) {
        // A node is a method or a container: clients hide the value of one that is both.
        if (leaves.size() == 1 || leaves.front().hides_others()) {
            out.update(described(addresses, leaves.front()));
            return out;
        }
        out["DESCRIPTION"] = leaves.front().command->command->documentation;
        leaves = leaves.subspan(1);
    }
    out["ACCESS"] = kNone;
    if (leaves.empty())
        return out;
    const std::string root = path == "/" ? path : path + "/";
    Json contents = Json::object();
    while (!leaves.empty()) {
        const std::string_view part = first_part(leaves.front().address.substr(root.size()));
        const auto end = std::find_if(leaves.begin(), leaves.end(), [&](const Leaf &leaf) {
            return first_part(leaf.address.substr(root.size())) != part;
        });
        const auto count = static_cast<std::size_t>(end - leaves.begin());
        contents[std::string(part)] =
            node(addresses, root + std::string(part), leaves.first(count));
        leaves = leaves.subspan(count);
    }
    out["CONTENTS"] = std::move(contents);
    return out;
}

/// By part, so that "a/b" stands before "a-b": a node and what is below it are neighbours.
bool stands_before(const Leaf &a, const Leaf &b) {
    return std::lexicographical_compare(
        a.address.begin(), a.address.end(), b.address.begin(), b.address.end(),
        [](char x, char y) { return (x == '/' ? '\0' : x) < (y == '/' ? '\0' : y); });
}

std::string dumped(const Json &json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

QueryAnswer QueryTree::get(std::string_view path, std::string_view attribute,
                           const HostInfo &host) const {
    if (!attribute.empty() &&
        std::find(kAttributes.begin(), kAttributes.end(), attribute) == kAttributes.end())
        return {400, ""};
    if (attribute == "HOST_INFO")
        return {200, dumped({{"NAME", host.name},
                             {"EXTENSIONS",
                              {{"ACCESS", true},
                               {"VALUE", true},
                               {"RANGE", true},
                               {"DESCRIPTION", true},
                               {"UNIT", true},
                               {"CLIPMODE", true},
                               {"TAGS", true},
                               {"LISTEN", true},
                               {"IGNORE", true},
                               {"PATH_ADDED", true},
                               {"PATH_REMOVED", true}}},
                             {"OSC_IP", host.ip},
                             {"OSC_PORT", host.port},
                             {"OSC_TRANSPORT", "UDP"},
                             {"WS_IP", in_url(host.ip)},
                             {"WS_PORT", host.port}})};
    std::string wanted(path);
    while (wanted.size() > 1 && wanted.ends_with('/'))
        wanted.pop_back();
    const std::string root = wanted == "/" ? wanted : wanted + "/";
    const auto commands = command_nodes(surface_, wanted);
    std::vector<Leaf> leaves;
    for (const Entry &entry : addresses_.entries())
        if (entry.address == wanted || entry.address.starts_with(root))
            leaves.push_back({entry.address, &entry, nullptr});
    for (const CommandNode &command : commands)
        leaves.push_back({command.address, nullptr, &command});
    if (leaves.empty())
        return {404, ""};
    std::stable_sort(leaves.begin(), leaves.end(), stands_before);
    // Names that differ in what an address cannot hold share one.
    leaves.erase(std::unique(leaves.begin(), leaves.end(),
                             [](const Leaf &a, const Leaf &b) { return a.address == b.address; }),
                 leaves.end());
    if (!attribute.empty() && attribute != "CONTENTS") {
        if (attribute == "FULL_PATH")
            return {200, dumped({{"FULL_PATH", wanted}})};
        if (leaves.front().address != wanted)
            return attribute == "ACCESS" ? QueryAnswer{200, dumped({{"ACCESS", kNone}})}
                                         : QueryAnswer{204, ""};
        const Json all = described(addresses_, leaves.front());
        const auto found = all.find(attribute);
        return found == all.end() ? QueryAnswer{204, ""}
                                  : QueryAnswer{200, dumped({{std::string(attribute), *found}})};
    }
    const Json whole = node(addresses_, wanted, leaves);
    if (attribute.empty())
        return {200, dumped(whole)};
    const auto contents = whole.find("CONTENTS");
    return contents == whole.end() ? QueryAnswer{204, ""}
                                   : QueryAnswer{200, dumped({{"CONTENTS", *contents}})};
}

} // namespace headroom::osc
