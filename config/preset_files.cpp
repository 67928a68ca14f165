// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/preset_files.hpp"

#include "config/folders.hpp"
#include "config/suggestion.hpp"
#include "config/text_file.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

namespace headroom {

namespace {

namespace fs = std::filesystem;

constexpr const char *kExtensions[] = {".yaml", ".yml"};

bool has_yaml_extension(const fs::path &path) {
    return std::find(std::begin(kExtensions), std::end(kExtensions), path.extension()) !=
           std::end(kExtensions);
}

} // namespace

std::vector<fs::path> preset_folders(const std::string &kind) {
    std::vector<fs::path> out;
    if (fs::path own = own_folder(kind); !own.empty())
        out.push_back(std::move(own));
    const std::string places = environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
    for (std::size_t start = 0; start <= places.size();) {
        const std::size_t end = std::min(places.find(':', start), places.size());
        const fs::path place = places.substr(start, end - start);
        if (place.is_absolute())
            out.push_back(place / "headroom" / kind);
        start = end + 1;
    }
    return out;
}

std::map<std::string, std::string> known_presets(const std::string &kind,
                                                 std::span<const EmbeddedFile> built_in) {
    std::map<std::string, std::string> out;
    for (const fs::path &folder : preset_folders(kind)) {
        std::map<std::string, std::string> here;
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end;
             it.increment(error)) {
            const fs::path &file = it->path();
            if (!has_yaml_extension(file) || file.stem().empty())
                continue;
            const auto [known, is_new] = here.emplace(file.stem().string(), file.string());
            if (!is_new && file.extension() == kExtensions[0])
                known->second = file.string();
        }
        out.merge(here);
    }
    for (const EmbeddedFile &file : built_in)
        out.emplace(file.name, "");
    return out;
}

std::vector<std::string> preset_names(const std::map<std::string, std::string> &presets) {
    std::vector<std::string> out;
    for (const auto &[name, file] : presets)
        if (!name.starts_with('.'))
            out.push_back(name);
    return out;
}

bool is_preset_path(const std::string &name_or_path) {
    return name_or_path.find('/') != name_or_path.npos || has_yaml_extension(name_or_path);
}

Result<std::string> read_preset(const fs::path &file) {
    return read_text(file, kMaxYamlBytes);
}

std::string remedy_for_missing(const std::string &wanted, const std::vector<std::string> &names) {
    const std::string name = fs::path(wanted).stem().string();
    if (wanted.find('/') == wanted.npos &&
        std::find(names.begin(), names.end(), name) != names.end())
        return "did you mean " + name + "?";
    const std::string suggestion = did_you_mean(wanted, names);
    return suggestion.empty() ? "a file is named by its path, such as ./mine.yaml" : suggestion;
}

} // namespace headroom
