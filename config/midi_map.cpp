// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/midi_map.hpp"

#include "config/suggestion.hpp"
#include "config/value_text.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <array>

namespace headroom {

namespace {

struct KindName {
    std::string_view name;
    int highest; ///< number; -1 where it has none
};
/// In the order of MidiControl::Kind.
constexpr std::array<KindName, 8> kKinds{{{"cc", 127},
                                          {"cc14", 31},
                                          {"nrpn", 16383},
                                          {"rpn", 16383},
                                          {"pitch_bend", -1},
                                          {"note", 127},
                                          {"pressure", -1},
                                          {"program", 127}}};

constexpr std::string_view kMeter = "meter/";

/// "a/b/c": "a" and "b/c".
std::pair<std::string_view, std::string_view> split(std::string_view path) {
    const auto slash = path.find('/');
    return slash == path.npos ? std::pair{path, std::string_view()}
                              : std::pair{path.substr(0, slash), path.substr(slash + 1)};
}

std::vector<std::string> paths(Scope scope) {
    std::vector<std::string> out;
    for (const auto &table : {parameters(), strip_parameters()})
        for (const Parameter &p : table)
            if (p.scope == scope)
                out.emplace_back(p.path);
    return out;
}

tl::unexpected<Diagnostic> unknown(std::string_view what, std::string_view path,
                                   const std::vector<std::string> &known) {
    std::string remedy = did_you_mean(path, known);
    if (remedy.empty())
        remedy = "\"headroom params\" lists them";
    return failure("there is no " + std::string(what) + " \"" + std::string(path) + "\"",
                   std::move(remedy));
}

/// What stands behind a bus or strip, or nothing of the two.
Result<MidiTarget> parse_value(std::string_view text, bool is_meter) {
    MidiTarget target{.kind = is_meter ? MidiTarget::Kind::meter : MidiTarget::Kind::parameter};
    const auto [scope, rest] = split(text);
    std::string_view path = text;
    if (scope == "bus" || scope == "strip") {
        target.scope = scope == "bus" ? Scope::bus : Scope::strip;
        const auto [name, below] = split(rest);
        if (name.empty())
            return failure("\"" + std::string(text) + "\" names no " + std::string(scope));
        const auto position = target.scope == Scope::strip ? whole_number(name) : std::nullopt;
        if (position && (*position < 1 || *position > kMaxMidiStrips))
            return failure("strips go from 1 to " + std::to_string(kMaxMidiStrips));
        target.position = position.value_or(0);
        target.name = position ? std::string_view() : name;
        path = below;
    }
    if (is_meter) {
        const auto id =
            target.scope == Scope::strip ? find_strip_meter(path) : headroom::find_meter(path);
        std::vector<std::string> known;
        for (const Meter &m : target.scope == Scope::strip ? strip_meters() : meters())
            known.emplace_back(m.path);
        if (!id || target.scope == Scope::global)
            return unknown("meter", path, known);
        target.meter = *id;
        return target;
    }
    const auto id = find_parameter(target.scope, path);
    if (!id)
        return unknown("parameter", path, paths(target.scope));
    target.parameter = *id;
    return target;
}

} // namespace

int MidiControl::maximum() const {
    const bool is_fine = kind == Kind::control_change_14 || kind == Kind::nrpn ||
                         kind == Kind::rpn || kind == Kind::pitch_bend;
    return is_fine ? 16383 : 127;
}

std::string MidiControl::text() const {
    const std::string name(kKinds[static_cast<std::size_t>(kind)].name);
    return number == kAnyNumber ? name : name + " " + std::to_string(number);
}

std::string MidiControl::full_text() const {
    return channel == kAnyChannel ? text() : text() + " channel " + std::to_string(channel);
}

std::optional<MidiControl> MidiControl::parse(std::string_view text) {
    const auto space = text.find(' ');
    const std::string_view name = text.substr(0, space);
    const auto at = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](const KindName &kind) { return kind.name == name; });
    if (at == kKinds.end())
        return std::nullopt;
    MidiControl out{.kind = static_cast<Kind>(at - kKinds.begin())};
    if (space == text.npos)
        return at->highest < 0 || out.kind == Kind::program ? std::optional(out) : std::nullopt;
    const auto number = whole_number(text.substr(space + 1));
    if (!number || *number < 0 || *number > at->highest)
        return std::nullopt;
    out.number = *number;
    return out;
}

const std::vector<std::string> &midi_mode_names() {
    static const std::vector<std::string> names{
        "absolute", "twos_complement", "binary_offset", "sign_magnitude",
        "toggle",   "momentary",       "trigger"};
    return names;
}

const std::vector<std::string> &midi_curve_names() {
    static const std::vector<std::string> names{"linear", "exponential", "logarithmic"};
    return names;
}

const std::vector<std::string> &midi_takeover_names() {
    static const std::vector<std::string> names{"pickup", "scale", "jump", "none"};
    return names;
}

const std::vector<std::string> &midi_display_names() {
    static const std::vector<std::string> names{"plain", "dot", "boost", "wrap", "spread"};
    return names;
}

std::string MidiTarget::text() const {
    switch (kind) {
    case Kind::profile:
        return "profile/" + name;
    case Kind::route:
        return "route/" + name;
    case Kind::bank:
        return step > 0 ? "bank/next" : "bank/previous";
    default:
        break;
    }
    const bool is_meter = kind == Kind::meter;
    std::string out = is_meter ? std::string(kMeter) : "";
    if (scope != Scope::global)
        out += (scope == Scope::bus ? "bus/" : "strip/") +
               (position > 0 ? std::to_string(position) : name) + "/";
    return out + std::string(is_meter ? headroom::meter(meter).path
                                      : headroom::parameter(parameter).path);
}

Result<MidiTarget> MidiTarget::parse(std::string_view text) {
    const auto [first, rest] = split(text);
    if (first == "bank") {
        if (rest != "next" && rest != "previous")
            return failure("expected bank/next or bank/previous");
        return MidiTarget{.kind = Kind::bank, .step = rest == "next" ? 1 : -1};
    }
    if (first == "profile" || first == "route") {
        if (rest.empty())
            return failure("\"" + std::string(text) + "\" names no " +
                           (first == "profile" ? "profile" : "application"));
        return MidiTarget{.kind = first == "profile" ? Kind::profile : Kind::route,
                          .name = std::string(rest)};
    }
    if (text.starts_with(kMeter))
        return parse_value(text.substr(kMeter.size()), true);
    return parse_value(text, false);
}

bool MidiTarget::is_switch() const {
    return kind != Kind::meter &&
           (kind != Kind::parameter || headroom::parameter(parameter).scale == Scale::boolean);
}

std::string MidiBinding::text() const {
    return control.full_text() + ", " + midi_mode_names()[static_cast<std::size_t>(mode)];
}

namespace {

std::string number_text(const MidiTarget &target, float value) {
    return to_exact_text(parameter(target.parameter), value);
}

std::string to_yaml(const MidiFeedback &feedback, const MidiControl &control) {
    std::string out = "{ send: " + feedback.send.text();
    if (feedback.send.channel != control.channel)
        out += ", channel: " + std::to_string(feedback.send.channel);
    out +=
        ", values: [" + std::to_string(feedback.low) + ", " + std::to_string(feedback.high) + "]";
    if (feedback.display != MidiDisplay::plain)
        out += ", display: " + midi_display_names()[static_cast<std::size_t>(feedback.display)];
    return out + " }";
}

} // namespace

std::string to_yaml(const MidiBinding &binding) {
    const MidiBinding plain;
    std::string out = "{ control: " + binding.control.text();
    const auto add = [&](const char *key, const std::string &value) {
        out += std::string(", ") + key + ": " + value;
    };
    if (binding.control.channel != MidiControl::kAnyChannel)
        add("channel", std::to_string(binding.control.channel));
    add("target", yaml_quoted(binding.target.text()));
    if (binding.target.kind == MidiTarget::Kind::route)
        add("route", yaml_quoted(binding.target.route));
    add("mode", midi_mode_names()[static_cast<std::size_t>(binding.mode)]);
    if (binding.range)
        add("range", "[" + number_text(binding.target, binding.range->first) + ", " +
                         number_text(binding.target, binding.range->second) + "]");
    if (binding.curve != plain.curve)
        add("curve", midi_curve_names()[static_cast<std::size_t>(binding.curve)]);
    if (is_relative(binding.mode))
        add("steps", std::to_string(binding.steps));
    if (binding.mode == MidiMode::absolute)
        add("takeover", midi_takeover_names()[static_cast<std::size_t>(binding.takeover)]);
    if (binding.feedback)
        add("feedback", to_yaml(*binding.feedback, binding.control));
    if (binding.touch)
        add("touch", binding.touch->text());
    return out + " }";
}

} // namespace headroom
