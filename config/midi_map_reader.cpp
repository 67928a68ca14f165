// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/midi_map_reader.hpp"

#include "config/parameter_path.hpp"
#include "config/suggestion.hpp"
#include "config/value_reader.hpp"
#include "config/value_text.hpp"

#include <algorithm>
#include <charconv>

namespace headroom {

namespace {

constexpr const char *kMapsKey = "controllers";
constexpr const char *kNoDevice = "none";
constexpr std::string_view kEachStrip = "strip/*/";

const std::vector<std::string> binding_keys{"control",  "channel",  "target", "strips", "step",
                                            "mode",     "range",    "value",  "curve",  "steps",
                                            "takeover", "feedback", "touch",  "route"};
const std::vector<std::string> indicator_keys{"source", "strips",  "step",   "range",
                                              "send",   "channel", "values", "display"};
const std::vector<std::string> feedback_keys{"send", "channel", "values", "display"};

/// The same for several strips: what rises from one to the next.
struct Repeat {
    int count = 1;
    int step = 1;
};

const YamlNode *find(const YamlNode &map, std::string_view key) {
    for (const YamlNode &entry : map.children)
        if (entry.key == key)
            return &entry;
    return nullptr;
}

const YamlNode &require_entry(const YamlNode &map, const char *key, const char *remedy) {
    const YamlNode *entry = find(map, key);
    if (entry == nullptr)
        refuse(map, std::string("a ") + key, remedy);
    return *entry;
}

template <class Enum> Enum read_word(const YamlNode &node, const std::vector<std::string> &words) {
    const std::string expected = "one of " + enumeration(words);
    const std::string word = require_line(node, expected);
    const auto at = std::find_if(words.begin(), words.end(), [&](const std::string &known) {
        return equal_ignoring_case(word, known);
    });
    if (at == words.end())
        refuse(node, expected, did_you_mean(word, words));
    return static_cast<Enum>(at - words.begin());
}

MidiControl read_control(const YamlNode &node) {
    const auto control = MidiControl::parse(require_line(node, MidiControl::kExpected));
    if (!control)
        refuse(node, MidiControl::kExpected);
    return *control;
}

/// The one of the n-th strip, from 0. What has no number is told apart by its channel.
MidiControl risen(MidiControl control, int n, const Repeat &repeat, const YamlNode &node) {
    if (n == 0)
        return control;
    const int by = n * repeat.step;
    if (control.number == MidiControl::kAnyNumber) {
        control.channel = std::max(control.channel, 1) + by;
        if (control.channel > 16)
            refuse(node, "a channel of at most 16 for each strip");
        return control;
    }
    control.number += by;
    if (!MidiControl::parse(control.text()))
        refuse(node, "a number that has room for all strips");
    return control;
}

float read_value(const YamlNode &node, const MidiTarget &target) {
    if (target.kind == MidiTarget::Kind::meter) {
        const Meter &about = meter(target.meter);
        // A meter has the unit of its reading and no choices: any number of that unit.
        const Parameter any{.path = about.path,
                            .unit = about.unit,
                            .minimum = about.floor,
                            .maximum = about.ceiling};
        const auto value = from_text(any, node.text);
        if (node.kind != YamlNode::Kind::scalar || !value)
            refuse(node, expected_values(any));
        return *value;
    }
    return read_value(parameter(target.parameter), node);
}

MidiRange read_range(const YamlNode &node, const MidiTarget &target) {
    constexpr std::string_view kExpected = "a range such as [-20, 0]";
    if (target.kind != MidiTarget::Kind::parameter && target.kind != MidiTarget::Kind::meter)
        refuse(node, "a range beside a parameter or a meter only");
    if (require_list(node, kExpected).children.size() != 2)
        refuse(node, kExpected);
    return {read_value(node.children[0], target), read_value(node.children[1], target)};
}

/// Below `map`: send, channel, values and display.
MidiFeedback read_feedback(const YamlNode &map, MidiControl send) {
    MidiFeedback feedback{.send = send, .high = send.maximum()};
    for (const YamlNode &entry : map.children)
        if (entry.key == "channel") {
            feedback.send.channel = read_whole_number(entry, 1, 16);
        } else if (entry.key == "display") {
            feedback.display = read_word<MidiDisplay>(entry, midi_display_names());
        } else if (entry.key == "values") {
            if (require_list(entry, "the values at both ends, as [0, 127]").children.size() != 2)
                refuse(entry, "the values at both ends, as [0, 127]");
            feedback.low = read_whole_number(entry.children[0], 0, send.maximum());
            feedback.high = read_whole_number(entry.children[1], 0, send.maximum());
        }
    return feedback;
}

/// "same", a message, or a map.
MidiFeedback read_feedback_of(const YamlNode &node, const MidiControl &control) {
    constexpr std::string_view kExpected =
        "same, a message such as cc 48, or a map of send, channel, values and display";
    if (node.kind == YamlNode::Kind::scalar) {
        if (node.text == "same")
            return read_feedback({}, control);
        MidiControl send = read_control(node);
        send.channel = control.channel;
        return read_feedback({}, send);
    }
    for (const YamlNode &entry : require_map(node, kExpected).children)
        if (std::find(feedback_keys.begin(), feedback_keys.end(), entry.key) == feedback_keys.end())
            refuse_key(entry, feedback_keys);
    MidiControl send = control;
    if (const YamlNode *entry = find(node, "send"); entry && entry->text != "same") {
        send = read_control(*entry);
        send.channel = control.channel;
    }
    return read_feedback(node, send);
}

Repeat read_repeat(const YamlNode &map) {
    Repeat repeat;
    if (const YamlNode *entry = find(map, "strips"))
        repeat.count = read_whole_number(*entry, 1, kMaxMidiStrips);
    if (const YamlNode *entry = find(map, "step"))
        repeat.step = read_whole_number(*entry, 1, 127);
    return repeat;
}

void require_bus(const YamlNode &node, const MidiTarget &target,
                 const std::vector<std::string> *buses) {
    if (buses == nullptr || target.scope != Scope::bus ||
        std::find(buses->begin(), buses->end(), target.name) != buses->end())
        return;
    throw YamlError{node.place,
                    "there is no bus " + in_quotes(target.name) + "; there is " +
                        enumeration(*buses),
                    did_you_mean(target.name, *buses)};
}

/// What does not fit together.
void hold_to_rules(const MidiBinding &binding, const YamlNode &map) {
    using enum MidiTarget::Kind;
    const YamlNode *mode = find(map, "mode");
    const YamlNode &place = mode ? *mode : map;
    const bool is_parameter = binding.target.kind == parameter;
    if (binding.target.kind == meter)
        refuse(*find(map, "target"), "something that can be set",
               "a meter is shown by an entry of indicators");
    if (!is_parameter && binding.mode != MidiMode::trigger &&
        !(binding.target.kind == route && binding.mode == MidiMode::toggle))
        refuse(place, "mode trigger for " + binding.target.text());
    if (binding.target.kind == route && binding.target.route.empty())
        refuse(map, "a route: a bus, bypass or ignore", "for instance route: bypass");
    if (is_relative(binding.mode) && binding.control.kind != MidiControl::Kind::control_change)
        refuse(place, "a relative mode with a cc only");
}

MidiBinding read_binding(const YamlNode &map, int n, const Repeat &repeat,
                         const std::vector<std::string> *buses) {
    MidiBinding binding;
    const YamlNode &target = require_entry(map, "target", "for instance target: bypass");
    const YamlNode &control = require_entry(map, "control", "for instance control: cc 7");
    binding.target = read_midi_target(target, n + 1, buses);
    require_bus(target, binding.target, buses);
    binding.control = read_control(control);
    if (const YamlNode *entry = find(map, "channel"))
        binding.control.channel = read_whole_number(*entry, 1, 16);
    const MidiControl first = binding.control;
    binding.control = risen(first, n, repeat, control);
    if (binding.target.kind != MidiTarget::Kind::parameter)
        binding.mode = MidiMode::trigger;
    bool has_takeover = false;
    for (const YamlNode &entry : map.children) {
        if (std::find(binding_keys.begin(), binding_keys.end(), entry.key) == binding_keys.end())
            refuse_key(entry, binding_keys);
        if (entry.key == "mode") {
            binding.mode = read_word<MidiMode>(entry, midi_mode_names());
        } else if (entry.key == "range") {
            binding.range = read_range(entry, binding.target);
        } else if (entry.key == "value") {
            if (binding.target.kind != MidiTarget::Kind::parameter)
                refuse(entry, "a value beside a parameter only");
            const float value = read_value(entry, binding.target);
            binding.range = {value, value};
        } else if (entry.key == "curve") {
            binding.curve = read_word<MidiCurve>(entry, midi_curve_names());
        } else if (entry.key == "takeover") {
            binding.takeover = read_word<MidiTakeover>(entry, midi_takeover_names());
            has_takeover = true;
        } else if (entry.key == "steps") {
            binding.steps = read_whole_number(entry, 1, 16384);
        } else if (entry.key == "route") {
            binding.target.route = require_line(entry, "a bus, bypass or ignore");
        } else if (entry.key == "feedback") {
            binding.feedback = read_feedback_of(entry, first);
            binding.feedback->send = risen(binding.feedback->send, n, repeat, entry);
        } else if (entry.key == "touch") {
            binding.touch = read_control(entry);
            binding.touch->channel = first.channel;
            binding.touch = risen(*binding.touch, n, repeat, entry);
        }
    }
    if (!has_takeover && binding.feedback)
        binding.takeover = MidiTakeover::none;
    hold_to_rules(binding, map);
    return binding;
}

MidiIndicator read_indicator(const YamlNode &map, int n, const Repeat &repeat,
                             const std::vector<std::string> *buses) {
    for (const YamlNode &entry : map.children)
        if (std::find(indicator_keys.begin(), indicator_keys.end(), entry.key) ==
            indicator_keys.end())
            refuse_key(entry, indicator_keys);
    const YamlNode &source =
        require_entry(map, "source", "for instance source: meter/bus/main/output/momentary");
    const YamlNode &send = require_entry(map, "send", "for instance send: cc 90");
    MidiIndicator indicator{.source = read_midi_target(source, n + 1, buses)};
    if (indicator.source.kind == MidiTarget::Kind::bank ||
        indicator.source.kind == MidiTarget::Kind::route)
        refuse(source, "a parameter, a meter or a profile");
    require_bus(source, indicator.source, buses);
    if (const YamlNode *range = find(map, "range"))
        indicator.range = read_range(*range, indicator.source);
    indicator.feedback = read_feedback(map, read_control(send));
    indicator.feedback.send = risen(indicator.feedback.send, n, repeat, send);
    return indicator;
}

/// Hexadecimal bytes of one message.
std::vector<std::uint8_t> read_message(const YamlNode &node) {
    constexpr std::string_view kExpected = "the bytes of a message, as F0 7E 7F 06 01 F7";
    const std::string text = require_line(node, kExpected);
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        unsigned value = 0;
        const auto [rest, error] = std::from_chars(text.data() + at, text.data() + end, value, 16);
        if (end > at && (error != std::errc() || rest != text.data() + end || value > 255))
            refuse(node, kExpected);
        if (end > at)
            bytes.push_back(static_cast<std::uint8_t>(value));
        at = end + 1;
    }
    if (bytes.empty() || bytes.front() < 0x80 || bytes.size() > kMaxMidiStartBytes ||
        (bytes.front() == 0xf0) != (bytes.back() == 0xf7))
        refuse(node, kExpected);
    return bytes;
}

/// An entry of a map; false where it is none.
bool read_entry(const YamlNode &entry, MidiMap &map, const std::vector<std::string> *buses) {
    if (entry.key == "bindings" || entry.key == "indicators") {
        for (const YamlNode &item : require_list(entry, "a list of " + entry.key).children) {
            require_map(item, entry.key == "bindings"
                                  ? "a map such as { control: cc 7, target: bypass }"
                                  : "a map such as { source: bypass, send: note 1 }");
            const Repeat repeat = read_repeat(item);
            if (map.bindings.size() + map.indicators.size() +
                    static_cast<std::size_t>(repeat.count) >
                kMaxMidiBindings)
                throw YamlError{item.place,
                                "found more than " + std::to_string(kMaxMidiBindings) +
                                    " bindings and indicators",
                                {}};
            for (int n = 0; n < repeat.count; ++n)
                if (entry.key == "bindings")
                    map.bindings.push_back(read_binding(item, n, repeat, buses));
                else
                    map.indicators.push_back(read_indicator(item, n, repeat, buses));
        }
        return true;
    }
    if (entry.key == "labels") {
        const std::vector<MidiLabel> labels = read_midi_labels(entry);
        map.labels.insert(map.labels.end(), labels.begin(), labels.end());
        return true;
    }
    if (entry.key == "device") {
        for (const YamlNode *item :
             scalars(entry, "a pattern for ports, a list of patterns, or none"))
            if (item->text != kNoDevice)
                map.devices.push_back(read_pattern(*item).text());
        return true;
    }
    if (entry.key == "start") {
        for (const YamlNode *item : scalars(entry, "a list of messages"))
            map.start.push_back(read_message(*item));
        return true;
    }
    return false;
}

const std::vector<std::string> map_keys{"device", "bindings", "indicators", "labels", "start"};

} // namespace

MidiTarget read_midi_target(const YamlNode &node, int strip,
                            const std::vector<std::string> *buses) {
    std::string text = require_line(node, "an address such as bus/main/limiter/ceiling");
    if (text.starts_with("/headroom/"))
        text.erase(0, std::string_view("/headroom/").size());
    const std::string prefix = text.starts_with("meter/") ? "meter/" : "";
    if (std::string_view(text).substr(prefix.size()).starts_with(kEachStrip))
        text = prefix + "strip/" + std::to_string(strip) + "/" +
               text.substr(prefix.size() + kEachStrip.size());
    auto target = MidiTarget::parse(text);
    if (!target && buses != nullptr && !text.starts_with("bus/") && !text.starts_with("strip/")) {
        const auto path =
            find_path(text, prefix.empty() ? parameter_paths(*buses, {}) : meter_paths(*buses, {}));
        target = path ? MidiTarget::parse(*path) : tl::unexpected(path.error());
    }
    if (!target)
        throw YamlError{node.place, "found " + in_quotes(node.text) + ": " + target.error().message,
                        target.error().remedy};
    return *target;
}

MidiMap read_midi_map(const YamlNode &root, std::string name) {
    std::vector<std::string> keys{"name", "description"};
    keys.insert(keys.end(), map_keys.begin(), map_keys.end());
    MidiMap map{.name = std::move(name)};
    for (const YamlNode &entry : require_map(root, "a map such as bindings:").children)
        if (entry.key == "name")
            map.name = require_line(entry, "a name");
        else if (entry.key == "description")
            map.description = require_line(entry, "a sentence");
        else if (!read_entry(entry, map, nullptr))
            refuse_key(entry, keys);
    return map;
}

MidiBinding read_midi_binding(const YamlNode &node) {
    return read_binding(require_map(node, "a binding"), 0, {}, nullptr);
}

std::vector<MidiMap> read_midi_settings(const YamlNode &node,
                                        const std::vector<std::string> &buses) {
    std::vector<MidiMap> maps;
    MidiMap own{.name = "profile"};
    std::vector<std::string> keys{kMapsKey};
    keys.insert(keys.end(), map_keys.begin(), map_keys.end());
    for (const YamlNode &entry :
         require_map(node, "a map of controllers, bindings and indicators").children) {
        if (entry.key == kMapsKey) {
            for (const YamlNode *item : scalars(entry, "a list of controllers")) {
                auto map = find_midi_map(require_line(*item, "a name or a path"));
                if (!map)
                    throw YamlError{item->place, map.error().text(), {}};
                maps.push_back(std::move(*map));
            }
        } else if (!read_entry(entry, own, &buses)) {
            refuse_key(entry, keys);
        }
    }
    // What the profile says of its devices holds for all that it names.
    if (find(node, "device"))
        for (MidiMap &map : maps)
            map.devices.clear();
    maps.push_back(std::move(own));
    return maps;
}

} // namespace headroom
