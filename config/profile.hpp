// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/diagnostic.hpp"
#include "config/registry.hpp"
#include "config/rules.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace headroom {

struct BusProfile {
    std::string name;
    ChannelLayout channels;
    std::string sink; ///< pattern for the playback client or ports; empty follows the default
    ParameterValues values;
};

/// A profile: settings of every bus and the ordered rules. Always complete and valid.
struct Profile {
    std::string name;        ///< file name without extension, or what the profile says
    std::string description; ///< one sentence
    ParameterValues globals; ///< only parameters of Scope::global count
    std::vector<BusProfile> buses;
    std::vector<Rule> rules;
};

/// Reads a profile from text. file_name appears in diagnostics and names the profile.
Result<Profile> read_profile(std::string_view yaml, const std::string &file_name);

/// Reads a profile from a file of at most 256 KiB.
Result<Profile> load_profile(const std::filesystem::path &file);

/// Finds a profile by name ("night") in the user's, the system's and the built-in profiles, or
/// takes a path to a file, and loads it.
Result<Profile> find_profile(const std::string &name_or_path);

/// Names and descriptions of the profiles that find_profile would find.
std::vector<std::pair<std::string, std::string>> list_profiles();

} // namespace headroom
