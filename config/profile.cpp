// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"

#include "config/embedded_files.hpp"
#include "config/midi_map_reader.hpp"
#include "config/rule_reader.hpp"
#include "config/suggestion.hpp"
#include "config/value_reader.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <stdexcept>

namespace headroom {

namespace {

constexpr std::string_view kNameLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// The keys that may stand below a prefix: "" gives stages and plain parameters, "agc/" the rest.
std::vector<std::string> parameter_keys(Scope scope, std::string_view prefix) {
    std::vector<std::string> out;
    for (const Parameter &p : parameters()) {
        if (p.scope != scope || !p.path.starts_with(prefix))
            continue;
        const std::string_view rest = p.path.substr(prefix.size());
        const std::string key(rest.substr(0, rest.find('/')));
        if (std::find(out.begin(), out.end(), key) == out.end())
            out.push_back(key);
    }
    return out;
}

/// The keys of stages that are no parameters.
struct Wiring {
    const char *stage;
    const char *key;
};
constexpr Wiring kSidechain{"compressor", "sidechain"};
constexpr Wiring kInsertPorts{"insert", "ports"};

bool is_wiring(std::string_view stage, const YamlNode &entry) {
    return (stage == kSidechain.stage && entry.key == kSidechain.key) ||
           (stage == kInsertPorts.stage && entry.key == kInsertPorts.key);
}

std::vector<std::string> wiring_keys(std::string_view stage) {
    std::vector<std::string> keys;
    for (const Wiring &wiring : {kSidechain, kInsertPorts})
        if (stage == wiring.stage)
            keys.emplace_back(wiring.key);
    return keys;
}

/// The entry of a bus, or nullptr.
const YamlNode *find_wiring(const YamlNode &bus, const Wiring &wiring) {
    for (const YamlNode &stage : bus.children)
        for (const YamlNode &entry : stage.children)
            if (stage.key == wiring.stage && entry.key == wiring.key &&
                entry.kind != YamlNode::Kind::nothing)
                return &entry;
    return nullptr;
}

/// The key of a parameter in a map of what is below it: bypass: { on: yes, matched: yes }.
constexpr const char *kItself = "on";

/// Reads one entry of a map as a parameter, or as a group of them; other_keys are what else could
/// have stood there.
void read_parameter(const YamlNode &entry, Scope scope, const std::string &prefix,
                    const std::vector<std::string> &other_keys, ParameterValues &values) {
    const auto known = parameter_keys(scope, prefix);
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
        std::vector<std::string> allowed = other_keys;
        allowed.insert(allowed.end(), known.begin(), known.end());
        refuse_key(entry, allowed);
    }
    const std::string path = prefix + entry.key;
    const std::string group = path + "/";
    if (const auto id = find_parameter(scope, path)) {
        if (entry.kind != YamlNode::Kind::map || parameter_keys(scope, group).empty()) {
            values[*id] = read_value(parameter(*id), entry);
            return;
        }
        for (const YamlNode &child : entry.children)
            if (child.key == kItself)
                values[*id] = read_value(parameter(*id), child);
            else
                read_parameter(child, scope, group, {kItself}, values);
        return;
    }
    if (entry.kind != YamlNode::Kind::map)
        refuse(entry, "a map of the parameters of " + path,
               "for instance " + entry.key + ": { " + parameter_keys(scope, group).front() +
                   ": ... }");
    for (const YamlNode &child : entry.children)
        if (!is_wiring(path, child))
            read_parameter(child, scope, group, wiring_keys(path), values);
}

ChannelLayout read_channels(const YamlNode &node) {
    constexpr std::string_view kExpected =
        "mono, stereo, 5.1, 7.1 or a list of FL FR FC LFE SL SR RL RR";
    if (node.kind == YamlNode::Kind::scalar) {
        const auto layout = find_layout(node.text);
        if (!layout)
            refuse(node, kExpected);
        return *layout;
    }
    ChannelLayout layout;
    for (const YamlNode *item : scalars(node, kExpected)) {
        const auto channel = find_channel(item->text);
        if (!channel || *channel == Channel::mono)
            refuse(*item, "one of FL FR FC LFE SL SR RL RR");
        if (std::find(layout.begin(), layout.end(), *channel) != layout.end())
            refuse(*item, "every channel once");
        layout.push_back(*channel);
    }
    return layout;
}

/// The stages named come first, in that order; the others keep the default order behind them.
StageOrder read_order(const YamlNode &node) {
    const std::vector<std::string> known(kMovableStages.begin(), kMovableStages.end());
    const std::string expected = "a list of " + enumeration(known);
    std::vector<std::uint8_t> named;
    for (const YamlNode *item : scalars(node, expected)) {
        const auto stage = std::find(known.begin(), known.end(), item->text);
        if (item->text == "limiter")
            refuse(*item, "one of " + enumeration(known),
                   "leave the limiter out: it is always last");
        if (stage == known.end())
            refuse(*item, "one of " + enumeration(known), did_you_mean(item->text, known));
        const auto position = static_cast<std::uint8_t>(stage - known.begin());
        if (std::find(named.begin(), named.end(), position) != named.end())
            refuse(*item, "every stage once", "take out one of the two");
        named.push_back(position);
    }
    for (const std::uint8_t stage : kDefaultStageOrder)
        if (std::find(named.begin(), named.end(), stage) == named.end())
            named.push_back(stage);
    StageOrder order{};
    std::copy(named.begin(), named.end(), order.begin());
    return order;
}

bool read_insert_ports(const YamlNode &bus) {
    const YamlNode *entry = find_wiring(bus, kInsertPorts);
    return entry != nullptr && read_switch(*entry, "insert/ports");
}

BusProfile read_bus(const YamlNode &node) {
    const std::string &name = node.key;
    if (name.empty() || name.size() > kMaxBusNameBytes || name == "bypass" || name == "ignore" ||
        name == kSidechainPorts || name.find_first_not_of(kNameLetters) != name.npos)
        throw YamlError{node.key_place,
                        "found the bus name " + in_quotes(name) + ", expected up to " +
                            std::to_string(kMaxBusNameBytes) +
                            " letters, digits, _ and -, and not bypass, ignore or ports",
                        {}};
    BusProfile bus{.name = name, .channels = *find_layout("stereo")};
    if (node.kind == YamlNode::Kind::nothing)
        return bus;
    for (const YamlNode &entry : require_map(node, "a map of the settings of the bus").children) {
        if (entry.key == "channels")
            bus.channels = read_channels(entry);
        else if (entry.key == "sink")
            bus.sink = read_pattern(entry).text();
        else if (entry.key == "order")
            bus.order = read_order(entry);
        else
            read_parameter(entry, Scope::bus, "", {"channels", "sink", "order"}, bus.values);
    }
    bus.insert_ports = read_insert_ports(node);
    return bus;
}

/// The bus that a bus listens to, or its ports; there may be neither.
std::string read_sidechain(const YamlNode &bus, const std::vector<BusProfile> &buses) {
    const YamlNode *entry = find_wiring(bus, kSidechain);
    if (entry == nullptr)
        return {};
    if (entry->text == bus.key)
        refuse(*entry, "another bus, or ports",
               "leave sidechain out: the compressor then measures its own input");
    std::vector<std::string> allowed;
    for (const BusProfile &other : buses)
        if (other.name != bus.key)
            allowed.push_back(other.name);
    allowed.emplace_back(kSidechainPorts);
    if (std::find(allowed.begin(), allowed.end(), entry->text) == allowed.end())
        refuse(*entry,
               (allowed.size() == 1 ? "ports, as there is no other bus"
                                    : "another bus or its own ports: " + enumeration(allowed)),
               did_you_mean(entry->text, allowed));
    return entry->text;
}

std::vector<BusProfile> read_buses(const YamlNode &node) {
    std::vector<BusProfile> buses;
    for (const YamlNode &entry : require_map(node, "a map of buses by name").children) {
        if (buses.size() == kMaxBuses)
            throw YamlError{
                entry.key_place, "found more than " + std::to_string(kMaxBuses) + " buses", {}};
        buses.push_back(read_bus(entry));
    }
    for (std::size_t i = 0; i < buses.size(); ++i)
        buses[i].sidechain = read_sidechain(node.children[i], buses);
    if (buses.empty())
        refuse(node, "at least one bus", "leave buses out for one stereo bus called main");
    return buses;
}

std::vector<std::string> bus_names(const std::vector<BusProfile> &buses) {
    std::vector<std::string> names;
    names.reserve(buses.size());
    for (const BusProfile &bus : buses)
        names.push_back(bus.name);
    return names;
}

/// The rules of the built-in profile "default".
ProfileRules standard_rules(const YamlNode &profile, const std::vector<BusProfile> &buses) {
    const auto is_main = [](const BusProfile &bus) { return bus.name == "main"; };
    if (std::none_of(buses.begin(), buses.end(), is_main))
        throw YamlError{profile.place,
                        "found neither rules nor a bus main, expected rules that say which "
                        "application goes where",
                        "without rules a profile uses those of the built-in profile default, "
                        "which send to main"};
    for (const EmbeddedFile &file : embedded_profiles())
        if (file.name == "default")
            for (const YamlNode &entry : parse_yaml(file.text).children)
                if (entry.key == "rules")
                    return read_rules(entry, buses);
    return {};
}

Profile read(const YamlNode &root, std::string name) {
    Profile profile{.name = std::move(name)};
    const YamlNode *rules = nullptr;
    const YamlNode *midi = nullptr;
    for (const YamlNode &entry : require_map(root, "a map such as buses: and rules:").children)
        if (entry.key == "name")
            profile.name = require_line(entry, "a name");
        else if (entry.key == "description")
            profile.description = require_line(entry, "a sentence");
        else if (entry.key == "when")
            profile.when = read_conditions(entry);
        else if (entry.key == "buses")
            profile.buses = read_buses(entry);
        else if (entry.key == "rules")
            rules = &entry;
        else if (entry.key == "osc")
            profile.osc = read_osc_settings(entry);
        else if (entry.key == "midi")
            midi = &entry;
        else
            read_parameter(entry, Scope::global, "",
                           {"name", "description", "when", "buses", "rules", "osc", "midi"},
                           profile.globals);
    if (profile.buses.empty())
        profile.buses.push_back({.name = "main", .channels = *find_layout("stereo")});
    ProfileRules routing =
        rules ? read_rules(*rules, profile.buses) : standard_rules(root, profile.buses);
    profile.rules = std::move(routing.rules);
    profile.connections = std::move(routing.connections);
    if (midi != nullptr && midi->kind != YamlNode::Kind::nothing)
        profile.midi = read_midi_settings(*midi, bus_names(profile.buses));
    return profile;
}

} // namespace

Result<Profile> read_profile(std::string_view yaml, const std::string &file_name) {
    try {
        Profile profile = read(parse_yaml(yaml), std::filesystem::path(file_name).stem().string());
        profile.text = yaml;
        return profile;
    } catch (const YamlError &error) {
        return tl::unexpected(error.in(file_name));
    }
}

} // namespace headroom
