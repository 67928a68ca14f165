// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"

#include <cstdlib>

namespace headroom {

std::string environment(const char *name, std::string fallback) {
    const char *value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here sets it
    return value && *value ? value : std::move(fallback);
}

std::filesystem::path own_folder(const std::string &kind) {
    const std::string home = environment("HOME", "");
    const std::filesystem::path place = environment("XDG_CONFIG_HOME", home + "/.config");
    const bool is_given = !environment("XDG_CONFIG_HOME", home).empty() && place.is_absolute();
    return is_given ? place / "headroom" / kind : std::filesystem::path();
}

} // namespace headroom
