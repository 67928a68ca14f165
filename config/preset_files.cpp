// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/preset_files.hpp"

#include "config/folders.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
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

std::string found_in(const fs::path &folder, const std::string &name) {
    for (const char *extension : kExtensions) {
        std::error_code error;
        fs::path file = folder / (name + extension);
        if (fs::exists(file, error))
            return file.string();
    }
    return {};
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
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end;
             it.increment(error)) {
            const std::string name = it->path().stem().string();
            if (has_yaml_extension(it->path()) && !name.empty() && !out.contains(name))
                out.emplace(name, found_in(folder, name));
        }
    }
    for (const EmbeddedFile &file : built_in)
        out.emplace(file.name, "");
    return out;
}

bool is_preset_path(const std::string &name_or_path) {
    return name_or_path.find('/') != name_or_path.npos || has_yaml_extension(name_or_path);
}

Result<std::string> read_preset(const fs::path &file) {
    const auto refuse = [&](const std::string &why) {
        return tl::unexpected(
            Diagnostic{.message = "cannot be read: " + why, .file = file.string()});
    };
    std::error_code error;
    if (fs::is_directory(file, error))
        return refuse("it is a folder");
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return refuse(std::generic_category().message(errno));
    std::string text(kMaxYamlBytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad())
        return refuse(std::generic_category().message(errno));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

} // namespace headroom
