// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <filesystem>
#include <string>

/// Where the user's files are, by the XDG Base Directory Specification: a path in a variable that
/// is not absolute is ignored.
namespace headroom {

/// The value of an environment variable, or the fallback if it is empty or not set.
std::string environment(const char *name, std::string fallback);

/// The folder that the variable names, else `below_home` in the home folder; empty without either.
/// The home folder is $HOME, else that of the user's account.
std::filesystem::path user_folder(const char *variable, const std::filesystem::path &below_home);

/// The user's own files of a kind, as "profiles": $XDG_CONFIG_HOME/headroom/profiles, or the same
/// below ~/.config. Empty without a home folder.
std::filesystem::path own_folder(const std::string &kind);

/// What the program remembers from one run to the next: $XDG_STATE_HOME/headroom, else
/// ~/.local/state/headroom. It need not exist. Fails without a home folder.
Result<std::filesystem::path> state_folder();

} // namespace headroom
