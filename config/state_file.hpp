// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Files in which the program remembers things from one run to the next. Not real-time safe.
namespace headroom {

/// $XDG_STATE_HOME/headroom, else ~/.local/state/headroom. It need not exist.
std::filesystem::path state_folder();

/// Replaces a file as a whole, and makes its folder: whoever reads it, also after a crash or a cut
/// of power, finds the old text or the new.
Result<void> write_state(const std::filesystem::path &file, std::string_view text);

/// The text of a file of at most 256 KiB; nothing where there is none.
Result<std::optional<std::string>> read_state(const std::filesystem::path &file);

/// Text as a YAML scalar in double quotes, for files that parse_yaml() reads again.
std::string yaml_quoted(std::string_view text);

} // namespace headroom
