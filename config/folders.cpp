// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"

#include <array>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace headroom {

namespace {

std::filesystem::path home_folder() {
    std::filesystem::path home = environment("HOME", "");
    if (home.is_absolute())
        return home;
    passwd entry{};
    passwd *found = nullptr;
    std::array<char, 16384> buffer{};
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found ||
        found->pw_dir == nullptr)
        return {};
    const std::filesystem::path account = found->pw_dir;
    return account.is_absolute() ? account : std::filesystem::path();
}

} // namespace

std::string environment(const char *name, std::string fallback) {
    const char *value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here sets it
    return value && *value ? value : std::move(fallback);
}

std::filesystem::path user_folder(const char *variable, const std::filesystem::path &below_home) {
    if (std::filesystem::path given = environment(variable, ""); given.is_absolute())
        return given;
    const std::filesystem::path home = home_folder();
    return home.empty() ? home : home / below_home;
}

std::filesystem::path own_folder(const std::string &kind) {
    const std::filesystem::path place = user_folder("XDG_CONFIG_HOME", ".config");
    return place.empty() ? place : place / "headroom" / kind;
}

Result<std::filesystem::path> state_folder() {
    const std::filesystem::path place = user_folder("XDG_STATE_HOME", ".local/state");
    if (place.empty())
        return failure("there is no home folder to keep settings and restore data in",
                       "set HOME or XDG_STATE_HOME to an absolute path");
    return place / "headroom";
}

} // namespace headroom
