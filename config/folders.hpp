// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace headroom {

/// The value of an environment variable, or the fallback where it is empty or not set.
std::string environment(const char *name, std::string fallback);

/// The user's own files of a kind, as "profiles": $XDG_CONFIG_HOME/headroom/profiles, or the same
/// below ~/.config.
std::filesystem::path own_folder(const std::string &kind);

} // namespace headroom
