// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/midi_map_reader.hpp"
#include "config/value_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace headroom {

namespace {

constexpr int kMostCharacters = 112; // of all lines, as the display of a Mackie Control has
constexpr std::string_view kName = "/name";
const std::vector<std::string> label_keys{"lines", "strips", "step", "place", "width", "send"};

/// What one entry says, for the first strip.
struct Entry {
    const YamlNode *lines = nullptr;
    const YamlNode *send = nullptr;
    int strips = 1;
    int step = 1;
    int place = 0;
    int width = 0;
};

Entry read_entry(const YamlNode &map) {
    Entry out;
    for (const YamlNode &entry : require_map(map, "a map of lines, width and send").children) {
        if (entry.key == "lines")
            out.lines = &entry;
        else if (entry.key == "send")
            out.send = &entry;
        else if (entry.key == "strips")
            out.strips = read_whole_number(entry, 1, kMaxMidiStrips);
        else if (entry.key == "step")
            out.step = read_whole_number(entry, 1, 127);
        else if (entry.key == "place")
            out.place = read_whole_number(entry, 0, 127);
        else if (entry.key == "width")
            out.width = read_whole_number(entry, 1, kMostCharacters);
        else
            refuse_key(entry, label_keys);
    }
    if (out.lines == nullptr || out.send == nullptr || out.width == 0)
        refuse(map, "lines, width and send",
               "for instance { lines: [strip/1/name], width: 7, send: F0 00 text F7 }");
    return out;
}

MidiText read_text(const YamlNode &node, int strip) {
    YamlNode source = node;
    MidiText out;
    if (node.text.starts_with("strip/") && node.text.ends_with(kName)) {
        source.text.replace(source.text.size() - kName.size(), kName.size(), "/trim");
        out.is_name = true;
    }
    out.source = read_midi_target(source, strip);
    if (out.source.kind != MidiTarget::Kind::parameter)
        refuse(node, "a parameter, or the name of a strip as strip/1/name");
    return out;
}

/// The bytes around the word text; the word place is a byte of its own.
void read_message(const YamlNode &node, int place, MidiLabel &label) {
    constexpr std::string_view kExpected =
        "a message with the word text, as F0 00 00 66 14 12 place text F7";
    bool has_text = false;
    const std::string text = require_line(node, kExpected);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string_view word = std::string_view(text).substr(at, end - at);
        at = end + 1;
        auto &bytes = has_text ? label.after : label.before;
        unsigned value = 0;
        const auto [rest, error] =
            std::from_chars(word.data(), word.data() + word.size(), value, 16);
        if (word == "text" && !has_text)
            has_text = true;
        else if (word == "place")
            bytes.push_back(static_cast<std::uint8_t>(place));
        else if (error == std::errc() && rest == word.data() + word.size() && value <= 0xff)
            bytes.push_back(static_cast<std::uint8_t>(value));
        else if (!word.empty())
            refuse(node, kExpected);
    }
    const auto is_data = [](const auto first, const auto last) {
        return std::all_of(first, last, [](std::uint8_t byte) { return byte < 0x80; });
    };
    if (!has_text || label.before.empty() || label.before.front() != 0xf0 || label.after.empty() ||
        label.after.back() != 0xf7 || !is_data(label.before.begin() + 1, label.before.end()) ||
        !is_data(label.after.begin(), label.after.end() - 1) ||
        label.before.size() + label.after.size() > kMaxMidiStartBytes)
        refuse(node, kExpected);
}

} // namespace

std::vector<MidiLabel> read_midi_labels(const YamlNode &node) {
    std::vector<MidiLabel> out;
    for (const YamlNode &map : require_list(node, "a list of labels").children) {
        const Entry entry = read_entry(map);
        for (int n = 0; n < entry.strips; ++n) {
            MidiLabel label{.width = entry.width};
            const int place = entry.place + n * entry.step;
            if (place > 127)
                refuse(map, "places up to 127");
            for (const YamlNode *line : scalars(*entry.lines, "a list such as [strip/1/name]"))
                label.lines.push_back(read_text(*line, n + 1));
            if (label.lines.size() * static_cast<std::size_t>(entry.width) > kMostCharacters)
                refuse(map, "at most " + std::to_string(kMostCharacters) + " characters");
            read_message(*entry.send, place, label);
            out.push_back(std::move(label));
            if (out.size() > kMaxMidiBindings)
                refuse(map, "at most " + std::to_string(kMaxMidiBindings) + " labels");
        }
    }
    return out;
}

} // namespace headroom
