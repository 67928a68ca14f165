// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

/// Text files of the user. Nothing here blocks on what is no regular file, and nothing throws for
/// the state of a disk. Not real-time safe.
namespace headroom {

/// The text of a regular file, at most one byte more than `most_bytes`, so that a longer file can
/// be refused; nothing if there is no such file. A folder, pipe, device or socket is refused.
Result<std::optional<std::string>> read_text_if_there(const std::filesystem::path &file,
                                                      std::size_t most_bytes);

/// As read_text_if_there(); a missing file is a failure too.
Result<std::string> read_text(const std::filesystem::path &file, std::size_t most_bytes);

/// Who may read a file that the program writes.
enum class Access { owner, everyone };

/// Replaces a file as a whole, and makes its folder: whoever reads it, also after a crash or a loss
/// of power, finds the old text or the new. A symbolic link stays; the file it leads to is
/// replaced.
Result<void> write_text(const std::filesystem::path &file, std::string_view text, Access access);

/// As write_text(), for a file that must not be there yet.
Result<void> write_new_text(const std::filesystem::path &file, std::string_view text,
                            Access access);

/// Makes a folder, and those above it, that nobody else may look into.
std::error_code make_own_folder(const std::filesystem::path &folder);

/// The file that a path leads to over symbolic links, whether it is there or not.
std::filesystem::path link_target(const std::filesystem::path &file);

} // namespace headroom
