// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/session_folder.hpp"

#include "config/text_file.hpp"
#include "config/yaml_document.hpp"

#include <system_error>

namespace headroom {

namespace {

namespace fs = std::filesystem;

fs::path session_profile(const fs::path &folder) {
    return folder / "profile.yaml";
}

/// Text that gives the profile its name whatever its file is called.
std::string named_text(const Profile &profile) {
    std::string named = profile.text + "\nname: " + yaml_quoted(profile.name) + "\n";
    const auto read = read_profile(named, session_profile({}).string());
    return read && read->name == profile.name ? named : profile.text; // it had one already
}

} // namespace

fs::path session_overlay(const fs::path &folder) {
    return folder / "overlay";
}

bool has_session(const fs::path &folder) {
    std::error_code error;
    return fs::exists(session_profile(folder), error);
}

Result<Profile> load_session(const fs::path &folder) {
    return load_profile(session_profile(folder));
}

Result<void> save_session(const fs::path &folder, const Profile &profile) {
    const fs::path file = session_profile(folder);
    if (!folder.is_absolute())
        return failure("the session's path \"" + folder.string() + "\" is not absolute");
    std::error_code error;
    if (profile.file == file && fs::exists(file, error))
        return {}; // it was read from there
    return write_text(file, named_text(profile), Access::owner);
}

} // namespace headroom
