// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/diagnostic.hpp"
#include "config/midi_map.hpp"
#include "config/osc_settings.hpp"
#include "config/profile_conditions.hpp"
#include "config/registry.hpp"
#include "config/rules.hpp"
#include "config/stage_order.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headroom {

/// Limits of a profile.
inline constexpr std::size_t kMaxBuses = 64;
inline constexpr std::size_t kMaxRules = 256;
inline constexpr std::size_t kMaxBusNameBytes = 32;

/// A bus whose sidechain this is hears what comes in at ports of its own; no bus has this name.
inline constexpr const char *kSidechainPorts = "ports";

struct BusProfile {
    std::string name;
    ChannelLayout channels;
    std::string sink; ///< pattern for the playback client or ports; empty follows the default
    ParameterValues values;
    StageOrder order = kDefaultStageOrder;
    /// What the compressor hears: another bus, kSidechainPorts, or empty: what it gets itself.
    std::string sidechain;
    bool insert_ports = false; ///< the insert has send and return ports
};

/// A profile: settings of every bus and the ordered rules. Always complete and valid.
struct Profile {
    std::string name;        ///< file name without extension, or what the profile says
    std::string description; ///< one sentence
    ProfileConditions when;  ///< it switches itself on
    ParameterValues globals; ///< only parameters of Scope::global count
    std::vector<BusProfile> buses;
    std::vector<Rule> rules;
    std::vector<Connection> connections;
    std::vector<MidiMap> midi;  ///< of the controllers that it names, and its own
    OscSettings osc;            ///< read when the program starts
    std::filesystem::path file; ///< it was loaded from; empty where it is built in
    std::string text;           ///< it was read from
};

/// Reads a profile from text. file_name appears in diagnostics and names the profile. Not real-time
/// safe, like everything here.
///
/// Without buses a profile has one stereo bus "main" with the defaults of the registry; without
/// rules it takes those of the built-in profile "default".
Result<Profile> read_profile(std::string_view yaml, const std::string &file_name);

/// Reads a profile from a file of at most 256 KiB.
Result<Profile> load_profile(const std::filesystem::path &file);

/// Where profiles are looked for by name, the first first: $XDG_CONFIG_HOME/headroom/profiles and
/// headroom/profiles in each of $XDG_DATA_DIRS.
std::vector<std::filesystem::path> profile_folders();

/// Finds a profile by name ("night") in profile_folders() and then in the built-in profiles, or
/// takes a path to a file (anything with a slash or the extension .yaml or .yml), and loads it.
Result<Profile> find_profile(const std::string &name_or_path);

/// Names and descriptions of the profiles that find_profile would find, in the order of the names;
/// in the place of the description it says so where a profile does not load.
std::vector<std::pair<std::string, std::string>> list_profiles();

/// Those of find_profile() that switch themselves on, in the order of their names there. One that
/// does not load is left out.
std::vector<std::pair<std::string, ProfileConditions>> conditional_profiles();

} // namespace headroom
