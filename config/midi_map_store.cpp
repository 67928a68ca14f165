// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/midi_map_reader.hpp"
#include "config/preset_files.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <filesystem>

namespace headroom {

namespace {

constexpr const char *kControllers = "controllers";

} // namespace

Result<MidiMap> read_midi_map(std::string_view yaml, const std::string &file_name) {
    try {
        return read_midi_map(parse_yaml(yaml), std::filesystem::path(file_name).stem().string());
    } catch (const YamlError &error) {
        return tl::unexpected(error.in(file_name));
    }
}

Result<MidiBinding> midi_binding_from_yaml(const std::string &text) {
    try {
        return read_midi_binding(parse_yaml(text));
    } catch (const YamlError &error) {
        return tl::unexpected(error.in(""));
    }
}

Result<MidiMap> find_midi_map(const std::string &name_or_path) {
    const auto load = [](const std::string &file) -> Result<MidiMap> {
        const auto text = read_preset(file);
        if (!text)
            return tl::unexpected(text.error());
        auto map = read_midi_map(*text, file);
        if (map)
            map->file = file;
        return map;
    };
    if (is_preset_path(name_or_path))
        return load(name_or_path);
    const auto known = known_presets(kControllers, embedded_controllers());
    const auto found = known.find(name_or_path);
    if (found == known.end()) {
        const std::vector<std::string> names = preset_names(known);
        return failure("there is no map of a controller " + in_quotes(name_or_path) +
                           (names.empty() ? "" : "; there are " + enumeration(names)),
                       remedy_for_missing(name_or_path, names));
    }
    if (!found->second.empty())
        return load(found->second);
    const auto built_in = embedded_controllers();
    const auto file = std::find_if(built_in.begin(), built_in.end(),
                                   [&](const EmbeddedFile &f) { return f.name == name_or_path; });
    return read_midi_map(file->text, std::string(file->name) + ".yaml (built in)");
}

std::vector<std::string> midi_map_names() {
    return preset_names(known_presets(kControllers, embedded_controllers()));
}

} // namespace headroom
