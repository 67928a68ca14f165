// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/folders.hpp"
#include "config/profile.hpp"
#include "config/suggestion.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <system_error>

namespace headroom {

namespace {

namespace fs = std::filesystem;

constexpr const char *kExtensions[] = {".yaml", ".yml"};

std::string found_in(const fs::path &folder, const std::string &name) {
    for (const char *extension : kExtensions) {
        std::error_code error;
        fs::path file = folder / (name + extension);
        if (fs::exists(file, error))
            return file.string();
    }
    return {};
}

Result<Profile> load_embedded(const EmbeddedFile &file) {
    return read_profile(file.text, std::string(file.name) + ".yaml (built in)");
}

/// Every profile that find_profile would find by name: name and file, "" for a built-in one.
std::map<std::string, std::string> known_profiles() {
    std::map<std::string, std::string> out;
    for (const fs::path &folder : profile_folders()) {
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end;
             it.increment(error)) {
            const std::string name = it->path().stem().string();
            const bool is_profile = std::find(std::begin(kExtensions), std::end(kExtensions),
                                              it->path().extension()) != std::end(kExtensions);
            if (is_profile && !name.empty() && !out.contains(name))
                out.emplace(name, found_in(folder, name));
        }
    }
    for (const EmbeddedFile &file : embedded_profiles())
        out.emplace(file.name, "");
    return out;
}

Result<Profile> load_known(const std::string &name, const std::string &file) {
    if (!file.empty())
        return load_profile(file);
    const auto built_in = embedded_profiles();
    return load_embedded(*std::find_if(built_in.begin(), built_in.end(),
                                       [&](const EmbeddedFile &f) { return f.name == name; }));
}

} // namespace

std::vector<fs::path> profile_folders() {
    std::vector<fs::path> out;
    if (fs::path own = own_profile_folder(); !own.empty())
        out.push_back(std::move(own));
    const std::string places = environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
    for (std::size_t start = 0; start <= places.size();) {
        const std::size_t end = std::min(places.find(':', start), places.size());
        const fs::path place = places.substr(start, end - start);
        if (place.is_absolute())
            out.push_back(place / "headroom" / "profiles");
        start = end + 1;
    }
    return out;
}

Result<Profile> load_profile(const fs::path &file) {
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
    auto profile = read_profile(text, file.string());
    if (profile)
        profile->file = file;
    return profile;
}

Result<Profile> find_profile(const std::string &name_or_path) {
    const fs::path path = name_or_path;
    if (name_or_path.find('/') != name_or_path.npos ||
        std::find(std::begin(kExtensions), std::end(kExtensions), path.extension()) !=
            std::end(kExtensions))
        return load_profile(path);
    const auto known = known_profiles();
    if (const auto found = known.find(name_or_path); found != known.end())
        return load_known(found->first, found->second);
    std::vector<std::string> names;
    names.reserve(known.size());
    for (const auto &[name, file] : known)
        names.push_back(name);
    const std::string suggestion = did_you_mean(name_or_path, names);
    return failure(
        "there is no profile " + in_quotes(name_or_path) + "; there are " + enumeration(names),
        suggestion.empty() ? "a file is named by its path, such as ./mine.yaml" : suggestion);
}

std::vector<std::pair<std::string, std::string>> list_profiles() {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto &[name, file] : known_profiles()) {
        const Result<Profile> profile = load_known(name, file);
        out.emplace_back(name, profile ? profile->description
                                       : "does not load: " + profile.error().text());
    }
    return out;
}

} // namespace headroom
