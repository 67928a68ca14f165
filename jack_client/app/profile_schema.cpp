// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/channels.hpp"
#include "config/profile.hpp"
#include "config/value_text.hpp"
#include "jack_client/app/parameter_listing.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace headroom::app {

namespace {

using Json = nlohmann::ordered_json;

/// A regular expression for the units, in capitals or not: "[dD][bB]|[dD][bB][fF][sS]".
std::string unit_pattern(Unit unit) {
    std::string out;
    for (const std::string_view name : units_for(unit)) {
        out += out.empty() ? "" : "|";
        for (char c : name) {
            const bool is_lower = c >= 'a' && c <= 'z';
            const bool is_upper = c >= 'A' && c <= 'Z';
            if (is_lower || is_upper)
                out += {'[', static_cast<char>(c & ~0x20), static_cast<char>(c | 0x20), ']'};
            else
                out += c;
        }
    }
    return out;
}

/// Editors that read YAML 1.1 see a boolean where those that read 1.2 see a word.
Json switch_values() {
    return {true, false, "on", "off", "yes", "no", "true", "false", 0, 1};
}

Json value_schema(const Parameter &p) {
    Json out = {{"title", p.label}, {"description", p.documentation}};
    if (p.scale == Scale::boolean) {
        out["enum"] = switch_values();
    } else if (p.scale == Scale::choice) {
        out["enum"] = choices(p);
    } else {
        const Json number = {{"type", "number"}, {"minimum", p.minimum}, {"maximum", p.maximum}};
        const Json text = {
            {"type", "string"},
            {"pattern", "^ *[+\u2212-]?[0-9]*[.,]?[0-9]+ *(" + unit_pattern(p.unit) + ")? *$"}};
        out["anyOf"] = {number, text};
    }
    out["default"] = to_text(p, p.default_value);
    return out;
}

Json object() {
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

/// The group of what is below a name; a parameter of that name is "on" in it.
Json &group_of(Json &property) {
    if (property.is_null())
        property = object();
    if (property.contains("properties"))
        return property;
    if (!property.contains("anyOf") || !property["anyOf"].back().contains("properties")) {
        Json group = object();
        group["properties"]["on"] = property;
        property = {{"description", property["description"]}, {"anyOf", {property, group}}};
    }
    return property["anyOf"].back();
}

/// Adds every parameter of a scope below the properties of a schema, "a/b" as b inside a.
void add_parameters(Json &schema, Scope scope) {
    for (const Parameter &p : parameters()) {
        if (p.scope != scope)
            continue;
        Json *level = &schema;
        std::string_view rest = p.path;
        for (auto slash = rest.find('/'); slash != rest.npos; slash = rest.find('/')) {
            level = &group_of((*level)["properties"][std::string(rest.substr(0, slash))]);
            rest.remove_prefix(slash + 1);
        }
        (*level)["properties"][std::string(rest)] = value_schema(p);
    }
}

Json reference(const char *definition) {
    return {{"$ref", std::string("#/definitions/") + definition}};
}

Json one_or_list(const char *definition) {
    return {{"anyOf",
             {reference(definition),
              {{"type", "array"}, {"minItems", 1}, {"items", reference(definition)}}}}};
}

Json described(Json schema, const char *description) {
    schema["description"] = description;
    return schema;
}

Json channels_schema() {
    using enum Channel;
    Json names = Json::array();
    for (Channel channel : {fl, fr, fc, lfe, sl, sr, rl, rr})
        names.push_back(symbol(channel));
    return {{"description", "A layout by name, or the channels in the order of the ports."},
            {"default", "stereo"},
            {"anyOf",
             {{{"enum", {"mono", "stereo", "5.1", "7.1", 5.1, 7.1}}},
              {{"type", "array"},
               {"minItems", 1},
               {"uniqueItems", true},
               {"items", {{"enum", names}}}}}}};
}

Json bus_schema() {
    Json bus = object();
    bus["type"] = {"object", "null"};
    bus["properties"]["channels"] = channels_schema();
    bus["properties"]["sink"] =
        described(reference("pattern"),
                  "Playback client or ports that the bus feeds, or none; without it the default.");
    bus["properties"]["order"] = {
        {"description", "Stages in the order in which they work; those left out follow in the "
                        "default order, then the limiter."},
        {"anyOf",
         {{{"enum", kMovableStages}},
          {{"type", "array"},
           {"minItems", 1},
           {"uniqueItems", true},
           {"items", {{"enum", kMovableStages}}}}}}};
    add_parameters(bus, Scope::bus);
    bus["properties"]["compressor"]["properties"]["sidechain"] = {
        {"type", {"string", "null"}},
        {"description",
         "What the compressor measures instead of its own input: another bus, or ports."}};
    bus["properties"]["insert"]["properties"]["ports"] = {
        {"enum", {"on", "off", true, false, nullptr}},
        {"description", "Send and return ports, for a program that works inside the chain."}};
    return bus;
}

Json conditions_schema() {
    const std::string clock = " *(([01]?[0-9]|2[0-3])(:[0-5]?[0-9])?|24(:00?)?) *";
    const Json time = {{"type", "string"}, {"pattern", "^" + clock + "-" + clock + "$"}};
    Json when = object();
    when["minProperties"] = 1;
    Json &fields = when["properties"];
    fields["sink"] = described(one_or_list("pattern"), "The sink of one of the buses.");
    fields["application"] = described(one_or_list("pattern"), "An application that is there.");
    fields["time"] = {{"description", "A part of the day, local time, such as 22:00-07:00."},
                      {"anyOf", {time, {{"type", "array"}, {"minItems", 1}, {"items", time}}}}};
    return when;
}

Json channel_count_schema() {
    return {{"anyOf",
             {{{"type", "integer"}, {"minimum", 1}, {"maximum", 64}},
              {{"type", "string"}, {"pattern", "^[1-9][0-9]?([+]|-[1-9][0-9]?)?$"}}}}};
}

Json match_schema() {
    Json match = object();
    Json &fields = match["properties"];
    constexpr std::array<std::pair<const char *, const char *>, 10> kPatterns{
        {{"client", "Name of its client or stream."},
         {"application", "What it calls itself, for all of its streams, such as Firefox."},
         {"binary", "File name of its program, if PipeWire knows it."},
         {"role", "Kind of sound, such as Music or Game, if PipeWire knows it."},
         {"media", "The same as role."},
         {"title", "Of what the stream plays, if PipeWire knows it."},
         {"device", "The sink that it or its user has chosen, if any."},
         {"pretty", "A name that people see."},
         {"port", "Short name of one of its ports."},
         {"alias", "An alias of one of its ports."}}};
    for (const auto &[key, description] : kPatterns)
        fields[key] = described(one_or_list("pattern"), description);
    fields["channels"] =
        described(one_or_list("channel_count"), "How many ports it plays to: 2, 3-6, 3+.");
    fields["any"] = described(one_or_list("match"), "One of these must match.");
    fields["all"] = described(one_or_list("match"), "Each of these must match.");
    fields["not"] = described(one_or_list("match"), "The rule does not match if this matches.");
    return match;
}

Json rule_schema() {
    Json rule = object();
    rule["anyOf"] = {{{"required", {"match", "route"}}}, {{"required", {"connect"}}}};
    rule["properties"]["name"] = {{"type", "string"}};
    rule["properties"]["match"] =
        described(reference("match"), "All fields must match; {} matches everything.");
    rule["properties"]["route"] = {
        {"description", "A bus, several buses, bypass (untouched) or ignore."},
        {"anyOf",
         {{{"type", "string"}},
          {{"type", "array"},
           {"minItems", 1},
           {"uniqueItems", true},
           {"items", {{"type", "string"}}}}}}};
    rule["properties"]["sink"] =
        described(reference("pattern"), "Of a bypassed application: the sink that it plays to.");
    rule["properties"]["channels"] = {
        {"description", "The channel of each port that a pattern fits."},
        {"type", "object"},
        {"additionalProperties",
         {{"enum", {"MONO", "FL", "FR", "FC", "LFE", "SL", "SR", "RL", "RR", "none"}}}}};
    rule["properties"]["exclusive"] = {
        {"description", "On: the application plays to its buses and to nothing else."},
        {"enum", switch_values()},
        {"default", "off"}};
    rule["properties"]["strip"] = {
        {"enum", switch_values()},
        {"description", "Gives each application ports and a fader of its own in the bus."}};
    const Parameter &level = parameter(strip_parameter_id("rider/target"));
    rule["properties"]["level"] = described(
        value_schema(level), "RMS level that a louder application is brought down to, in a strip.");
    rule["properties"]["downmix"] = {
        {"enum", {"itu", "none"}},
        {"default", "none"},
        {"description", "itu: what has more channels than its bus is mixed down, in a strip."}};
    Json connect = object();
    connect["required"] = {"from", "to"};
    for (const char *end : {"from", "to"})
        connect["properties"][end] =
            described(reference("pattern"), "A bus, a client, or ports as client:port.");
    rule["properties"]["connect"] = connect;
    return rule;
}

Json peer_schema() {
    Json peer = object();
    peer["required"] = {"address"};
    Json &fields = peer["properties"];
    fields["address"] = {{"type", "string"}, {"description", "Its IP address."}};
    fields["port"] = {{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}, {"default", 9000}};
    fields["pattern"] = {{"type", "string"},
                         {"pattern", "^/"},
                         {"default", "/headroom"},
                         {"description", "Addresses that are sent: this one and all below it."}};
    fields["rate"] = {{"type", "integer"}, {"minimum", 1}, {"maximum", 60}, {"default", 20}};
    fields["form"] = {{"enum", {"natural", "norm", "text"}}, {"default", "natural"}};
    fields["read_only"] = {{"enum", switch_values()},
                           {"description", "Whether what it sends changes nothing."}};
    return peer;
}

Json osc_schema() {
    Json osc = object();
    Json &fields = osc["properties"];
    fields["listen"] =
        described(one_or_list("ip"), "Addresses to listen on beside the loopback ones.");
    fields["allow"] = described(one_or_list("ip"), "Networks and addresses that may ask at these.");
    fields["write"] = described(one_or_list("ip"), "Networks and addresses that may also set.");
    fields["read_only"] =
        described(one_or_list("ip"), "Those that may only ask, whatever else is said of them.");
    fields["local"] = {{"enum", {"user", "everyone"}},
                       {"default", "user"},
                       {"description", "Who of this machine may ask and set: the user (and root), "
                                       "or every user."}};
    fields["peers"] = {{"type", "array"},
                       {"maxItems", kMaxOscEntries},
                       {"items", peer_schema()},
                       {"description", "Surfaces that get all values without a subscription."}};
    return osc;
}

Json number_range(int least, int most) {
    return {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
}

Json pair_of(Json item) {
    return {{"type", "array"}, {"minItems", 2}, {"maxItems", 2}, {"items", std::move(item)}};
}

Json midi_message_schema() {
    return {{"type", "string"},
            {"pattern", "^((cc|cc14|nrpn|rpn|note|program) [0-9]+|pitch_bend|pressure|program)$"}};
}

/// What entries of bindings and of indicators have in common.
void add_shown(Json &fields) {
    fields["channel"] = number_range(1, 16);
    fields["values"] = described(pair_of(number_range(0, 16383)), "What is sent at both ends.");
    fields["display"] = {{"enum", midi_display_names()}, {"default", "plain"}};
}

Json midi_binding_schema() {
    Json binding = object();
    binding["required"] = {"control", "target"};
    Json &fields = binding["properties"];
    const Json value = {{"type", {"number", "string", "boolean"}}};
    fields["control"] = described(reference("midi_message"), "What the control sends.");
    fields["channel"] = described(number_range(1, 16), "Without it, any.");
    fields["target"] = {{"type", "string"}, {"description", "An address, without /headroom/."}};
    fields["route"] = {{"type", "string"}, {"description", "Of a target route/APPLICATION."}};
    fields["mode"] = {{"enum", midi_mode_names()}};
    fields["range"] = described(pair_of(value), "Natural values at both ends.");
    fields["value"] = described(value, "What a trigger sets.");
    fields["curve"] = {{"enum", midi_curve_names()}, {"default", "linear"}};
    fields["takeover"] = {{"enum", midi_takeover_names()}};
    fields["steps"] = described(number_range(1, 16384), "Of an encoder, from end to end.");
    Json shown = object();
    shown["properties"]["send"] = {{"anyOf", {reference("midi_message"), {{"const", "same"}}}}};
    add_shown(shown["properties"]);
    fields["feedback"] = {
        {"description", "How the controller shows the value."},
        {"anyOf", {{{"const", "same"}}, reference("midi_message"), std::move(shown)}}};
    fields["touch"] = described(reference("midi_message"), "Comes while the control is held.");
    fields["strips"] = described(number_range(1, kMaxMidiStrips), "Repeats it for strip/*.");
    fields["step"] = number_range(1, 127);
    return binding;
}

Json midi_indicator_schema() {
    Json indicator = object();
    indicator["required"] = {"source", "send"};
    Json &fields = indicator["properties"];
    fields["source"] = {{"type", "string"}, {"description", "An address, without /headroom/."}};
    fields["send"] = reference("midi_message");
    fields["range"] = pair_of({{"type", {"number", "string", "boolean"}}});
    add_shown(fields);
    fields["strips"] = number_range(1, kMaxMidiStrips);
    fields["step"] = number_range(1, 127);
    return indicator;
}

Json midi_label_schema() {
    constexpr int kMostCharacters = 112;
    Json label = object();
    label["required"] = {"lines", "width", "send"};
    Json &fields = label["properties"];
    fields["lines"] = {{"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}}}};
    fields["width"] = described(number_range(1, kMostCharacters), "Characters of each line.");
    fields["send"] = {{"type", "string"}, {"description", "A message, as F0 00 place text F7."}};
    fields["place"] = number_range(0, 127);
    fields["strips"] = number_range(1, kMaxMidiStrips);
    fields["step"] = number_range(1, 127);
    return label;
}

Json list_of(const char *definition) {
    return {{"type", "array"}, {"maxItems", kMaxMidiBindings}, {"items", reference(definition)}};
}

Json midi_schema() {
    Json midi = object();
    midi["type"] = {"object", "null"};
    Json &fields = midi["properties"];
    fields["controllers"] =
        described(one_or_list("controller"), "Maps of controllers, by name or path.");
    fields["device"] = described(
        one_or_list("pattern"), "Ports of controllers, which are connected as they come; or none.");
    fields["bindings"] = list_of("midi_binding");
    fields["indicators"] = list_of("midi_indicator");
    fields["labels"] = list_of("midi_label");
    fields["start"] = described(one_or_list("midi_bytes"), "Sent before anything is shown.");
    return midi;
}

} // namespace

nlohmann::ordered_json profile_schema() {
    Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "headroom profile"}};
    schema.update(object());
    Json &properties = schema["properties"];
    properties["name"] = {{"type", "string"},
                          {"description", "Shown instead of the name of the file."}};
    properties["description"] = {{"type", "string"}, {"description", "The purpose, one sentence."}};
    properties["when"] = described(conditions_schema(),
                                   "When the profile switches itself on; all of this has to hold.");
    add_parameters(schema, Scope::global);
    properties["buses"] = {
        {"description", "Without it, one stereo bus called main."},
        {"type", "object"},
        {"minProperties", 1},
        {"maxProperties", kMaxBuses},
        {"propertyNames",
         {{"pattern", "^[A-Za-z0-9_-]{1," + std::to_string(kMaxBusNameBytes) + "}$"}}},
        {"additionalProperties", reference("bus")}};
    properties["rules"] = {
        {"description", "The first that matches decides. Without it, the rules of default."},
        {"type", "array"},
        {"maxItems", kMaxRules},
        {"items", reference("rule")}};
    properties["midi"] = described(midi_schema(), "What hardware controllers do.");
    properties["osc"] = described(osc_schema(), "Who else than this machine may speak OSC.");
    schema["definitions"] = {
        {"ip", {{"type", "string"}, {"minLength", 2}, {"maxLength", 49}}},
        {"pattern", {{"type", "string"}, {"minLength", 1}, {"maxLength", kMaxPatternBytes}}},
        {"channel_count", channel_count_schema()},
        {"controller", {{"type", "string"}, {"minLength", 1}}},
        {"midi_message", midi_message_schema()},
        {"midi_bytes", {{"type", "string"}, {"pattern", "^[0-9A-Fa-f]{2}( +[0-9A-Fa-f]{2})*$"}}},
        {"midi_binding", midi_binding_schema()},
        {"midi_indicator", midi_indicator_schema()},
        {"midi_label", midi_label_schema()},
        {"match", match_schema()},
        {"rule", rule_schema()},
        {"bus", bus_schema()}};
    return schema;
}

} // namespace headroom::app
