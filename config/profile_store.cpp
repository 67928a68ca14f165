// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/preset_files.hpp"
#include "config/profile.hpp"
#include "config/suggestion.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <map>
#include <system_error>

namespace headroom {

namespace {

namespace fs = std::filesystem;

constexpr const char *kProfiles = "profiles";

Result<Profile> load_embedded(const EmbeddedFile &file) {
    return read_profile(file.text, std::string(file.name) + ".yaml (built in)");
}

std::map<std::string, std::string> known_profiles() {
    return known_presets(kProfiles, embedded_profiles());
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
    return preset_folders(kProfiles);
}

Result<Profile> load_profile(const fs::path &file) {
    const auto text = read_preset(file);
    if (!text)
        return tl::unexpected(text.error());
    auto profile = read_profile(*text, file.string());
    if (profile)
        profile->file = file;
    return profile;
}

Result<Profile> find_profile(const std::string &name_or_path) {
    const auto known = known_profiles();
    const std::vector<std::string> names = preset_names(known);
    if (is_preset_path(name_or_path)) {
        auto profile = load_profile(name_or_path);
        std::error_code error;
        if (!profile && !fs::exists(fs::symlink_status(name_or_path, error)))
            profile.error().remedy = remedy_for_missing(name_or_path, names);
        return profile;
    }
    if (const auto found = known.find(name_or_path); found != known.end())
        return load_known(found->first, found->second);
    return failure("there is no profile " + in_quotes(name_or_path) + "; there are " +
                       enumeration(names),
                   remedy_for_missing(name_or_path, names));
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

std::vector<std::pair<std::string, ProfileConditions>> conditional_profiles() {
    std::vector<std::pair<std::string, ProfileConditions>> out;
    for (const auto &[name, file] : known_profiles()) {
        if (file.empty())
            continue; // the built-in ones have no conditions
        if (const auto profile = load_profile(file); profile && profile->when.kinds() > 0)
            out.emplace_back(name, profile->when);
    }
    return out;
}

} // namespace headroom
