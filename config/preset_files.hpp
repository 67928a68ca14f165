// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "config/embedded_files.hpp"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

/// Files that are found by name: the user's own, those of the machine, and those that are part of
/// the program. `kind` is their folder: "profiles" or "controllers".
namespace headroom {

/// Where they are looked for, the first first: $XDG_CONFIG_HOME/headroom/KIND and headroom/KIND in
/// each of $XDG_DATA_DIRS.
std::vector<std::filesystem::path> preset_folders(const std::string &kind);

/// Every one that is found by name: name and file, "" for a built-in one.
std::map<std::string, std::string> known_presets(const std::string &kind,
                                                 std::span<const EmbeddedFile> built_in);

/// Names to choose from: without those of hidden files, which editors and others leave behind.
std::vector<std::string> preset_names(const std::map<std::string, std::string> &presets);

/// A slash or the extension of a YAML file makes a path out of a name.
bool is_preset_path(const std::string &name_or_path);

/// What to do about a name or path under which nothing was found. names: what there is.
std::string remedy_for_missing(const std::string &wanted, const std::vector<std::string> &names);

/// The text of a regular file, but not more than is too much for a YAML document.
Result<std::string> read_preset(const std::filesystem::path &file);

} // namespace headroom
