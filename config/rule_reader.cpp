// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/rule_reader.hpp"

#include "config/suggestion.hpp"
#include "config/value_reader.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace headroom {

namespace {

constexpr std::size_t kMaxChannels = 64;

const std::vector<std::string> match_keys{"client",   "application", "binary", "role",   "title",
                                          "device",   "alias",       "port",   "pretty", "media",
                                          "channels", "any",         "all",    "not"};
const std::vector<std::string> rule_keys{"name",    "match", "route",    "strip",     "level",
                                         "downmix", "sink",  "channels", "exclusive", "connect"};

std::vector<NamePattern> read_patterns(const YamlNode &node) {
    std::vector<NamePattern> out;
    for (const YamlNode *item : scalars(node, "a pattern or a list of patterns"))
        out.push_back(read_pattern(*item));
    return out;
}

/// "2", "3-6" or "3+".
ChannelCount read_channel_count(const YamlNode &node) {
    constexpr std::string_view kExpected = "a number of channels such as 2, 3-6 or 3+";
    const char *at = node.text.data();
    const char *const end = at + node.text.size();
    const auto number = [&] {
        std::size_t out = 0;
        const auto parsed = std::from_chars(at, end, out);
        if (parsed.ec != std::errc() || out == 0 || out > kMaxChannels)
            refuse(node, kExpected);
        at = parsed.ptr;
        return out;
    };
    ChannelCount count{.from = number()};
    count.to = count.from;
    if (end - at == 1 && *at == '+') {
        count.to = 0;
    } else if (at != end && *at == '-') {
        ++at;
        count.to = number();
        if (at != end || count.to < count.from)
            refuse(node, kExpected);
    } else if (at != end) {
        refuse(node, kExpected);
    }
    return count;
}

Match read_match(const YamlNode &node);

/// A map, or a list of maps.
std::vector<Match> read_matches(const YamlNode &node) {
    const std::string expected = "a map of " + enumeration(match_keys);
    const auto read_one = [&](const YamlNode &entry) {
        if (require_map(entry, expected).children.empty())
            refuse(entry, "a map that is not empty");
        return read_match(entry);
    };
    if (node.kind != YamlNode::Kind::list)
        return {read_one(node)};
    std::vector<Match> out;
    std::transform(node.children.begin(), node.children.end(), std::back_inserter(out), read_one);
    if (out.empty())
        refuse(node, "a list that is not empty");
    return out;
}

Match read_match(const YamlNode &node) {
    Match match;
    const auto patterns = [&](const std::string &key) -> std::vector<NamePattern> * {
        return key == "client"        ? &match.client
               : key == "application" ? &match.application
               : key == "binary"      ? &match.binary
               : key == "role"        ? &match.role
               : key == "media"       ? &match.role // as older profiles call it
               : key == "title"       ? &match.title
               : key == "device"      ? &match.device
               : key == "alias"       ? &match.alias
               : key == "port"        ? &match.port
               : key == "pretty"      ? &match.pretty
                                      : nullptr;
    };
    for (const YamlNode &entry : require_map(node, "a map of " + enumeration(match_keys)).children)
        if (auto *field = patterns(entry.key))
            *field = read_patterns(entry);
        else if (entry.key == "channels")
            for (const YamlNode *item : scalars(entry, "a number of channels, or a list"))
                match.channels.push_back(read_channel_count(*item));
        else if (entry.key == "any")
            match.any = read_matches(entry);
        else if (entry.key == "all")
            match.all = read_matches(entry);
        else if (entry.key == "not")
            match.exclude = read_matches(entry);
        else
            refuse_key(entry, match_keys);
    return match;
}

/// A bus, bypass or ignore; or a list of buses.
Route read_route(const YamlNode &node, const std::vector<BusProfile> &buses) {
    std::vector<std::string> known;
    known.reserve(buses.size() + 2);
    for (const BusProfile &bus : buses)
        known.push_back(bus.name);
    const auto is_bus = [&](const std::string &name) {
        return std::find(known.begin(), known.end(), name) != known.end();
    };
    if (node.kind == YamlNode::Kind::list) {
        Route route{.kind = Route::Kind::bus};
        for (const YamlNode *item : scalars(node, "a list of buses")) {
            if (!is_bus(item->text))
                refuse(*item, "one of the buses " + enumeration(known),
                       did_you_mean(item->text, known));
            if (item->text == route.bus ||
                std::find(route.also.begin(), route.also.end(), item->text) != route.also.end())
                refuse(*item, "every bus once");
            if (route.bus.empty())
                route.bus = item->text;
            else
                route.also.push_back(item->text);
        }
        return route;
    }
    if (node.kind == YamlNode::Kind::scalar) {
        if (node.text == "bypass")
            return {.kind = Route::Kind::bypass};
        if (node.text == "ignore")
            return {.kind = Route::Kind::ignore};
        if (is_bus(node.text))
            return {.kind = Route::Kind::bus, .bus = node.text};
    }
    const std::string buses_text = (known.size() == 1 ? "the bus " : "one of the buses ") +
                                   enumeration(known) + ", or bypass or ignore";
    known.insert(known.end(), {"bypass", "ignore"});
    refuse(node, buses_text, did_you_mean(node.text, known));
}

/// "out_*: FL"; "none" leaves a port out.
std::vector<std::pair<NamePattern, std::optional<Channel>>> read_channel_map(const YamlNode &node) {
    std::vector<std::pair<NamePattern, std::optional<Channel>>> out;
    for (const YamlNode &entry :
         require_map(node, "a map from ports to channels, such as out_1: FL").children) {
        YamlNode key = entry;
        key.kind = YamlNode::Kind::scalar;
        key.text = entry.key;
        key.place = entry.key_place;
        std::optional<Channel> channel;
        if (entry.kind != YamlNode::Kind::scalar || entry.text != "none") {
            channel = entry.kind == YamlNode::Kind::scalar ? find_channel(entry.text)
                                                           : std::optional<Channel>{};
            if (!channel)
                refuse(entry, "one of FL FR FC LFE SL SR RL RR mono, or none");
        }
        out.emplace_back(read_pattern(key), channel);
    }
    return out;
}

Connection read_connection(const YamlNode &node, std::string name) {
    Connection connection{.name = std::move(name)};
    const char *const expected = "a map of from and to";
    for (const YamlNode &entry : require_map(node, expected).children)
        if (entry.key == "from")
            connection.from = read_pattern(entry).text();
        else if (entry.key == "to")
            connection.to = read_pattern(entry).text();
        else
            refuse_key(entry, {"from", "to"});
    if (connection.from.empty() || connection.to.empty())
        refuse(node, "both from and to", "for instance { from: \"system:capture_*\", to: voice }");
    return connection;
}

/// The entry of a rule with that key, or nullptr.
const YamlNode *find_entry(const YamlNode &rule, std::string_view key) {
    for (const YamlNode &entry : rule.children)
        if (entry.key == key)
            return &entry;
    return nullptr;
}

bool read_downmix(const YamlNode &entry) {
    if (entry.kind != YamlNode::Kind::scalar || (entry.text != "itu" && entry.text != "none"))
        refuse(entry, "itu or none");
    return entry.text == "itu";
}

/// Keys that need one bus, and one alone, to lead to.
void require_one_bus(const YamlNode &rule, const Route &route) {
    if (route.kind == Route::Kind::bus && route.also.empty())
        return;
    for (const char *key : {"level", "downmix"})
        if (const YamlNode *entry = find_entry(rule, key))
            throw YamlError{entry->key_place,
                            std::string("found ") + key + ", expected it beside a single bus only",
                            {}};
}

void read_rule(const YamlNode &node, std::size_t number, const std::vector<BusProfile> &buses,
               ProfileRules &out) {
    Rule rule{.name = "rule " + std::to_string(number)};
    const YamlNode *const connect =
        find_entry(require_map(node, "a map of " + enumeration(rule_keys)), "connect");
    for (const YamlNode &entry : node.children)
        if (entry.key == "name")
            rule.name = require_line(entry, "a name");
        else if (connect && entry.key != "connect")
            throw YamlError{entry.key_place,
                            "found " + in_quotes(entry.key) +
                                " beside connect, expected nothing but a name there",
                            "make two rules of it"};
        else if (entry.key == "match")
            rule.match = read_match(entry);
        else if (entry.key == "route")
            rule.route = read_route(entry, buses);
        else if (entry.key == "sink")
            rule.sink = read_pattern(entry).text();
        else if (entry.key == "channels")
            rule.channels = read_channel_map(entry);
        else if (entry.key == "exclusive")
            rule.exclusive = read_switch(entry, "exclusive");
        else if (entry.key == "strip")
            rule.strip = read_switch(entry, "strip");
        else if (entry.key == "level")
            rule.level_dbfs = read_value(parameter(strip_parameter_id("rider/target")), entry);
        else if (entry.key == "downmix")
            rule.downmix = read_downmix(entry);
        else if (entry.key != "connect")
            refuse_key(entry, rule_keys);
    if (connect) {
        out.connections.push_back(read_connection(*connect, rule.name));
        return;
    }
    if (!find_entry(node, "match"))
        refuse(node, "the rule to have a match", "match: { client: \"*\" } matches everything");
    if (!find_entry(node, "route"))
        refuse(node, "the rule to have a route", "route: followed by a bus, bypass or ignore");
    require_one_bus(node, rule.route);
    if (const YamlNode *sink = find_entry(node, "sink");
        sink && rule.route.kind != Route::Kind::bypass)
        throw YamlError{sink->key_place, "found a sink, expected it beside route: bypass only",
                        "the sink of a bus stands with the bus"};
    out.rules.push_back(std::move(rule));
}

} // namespace

ProfileRules read_rules(const YamlNode &node, const std::vector<BusProfile> &buses) {
    ProfileRules out;
    std::size_t number = 0;
    for (const YamlNode &item : require_list(node, "a list of rules").children) {
        if (number == kMaxRules)
            throw YamlError{
                item.place, "found more than " + std::to_string(kMaxRules) + " rules", {}};
        read_rule(item, ++number, buses, out);
    }
    return out;
}

} // namespace headroom
