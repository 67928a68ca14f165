// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"

#include <filesystem>

/// What a session manager keeps for the program: a folder with the profile in full, so that the
/// session can be taken elsewhere, and the overlay. Not real-time safe.
namespace headroom {

/// Where the overlay of the session is.
std::filesystem::path session_overlay(const std::filesystem::path &folder);

/// Whether a session was saved there.
bool has_session(const std::filesystem::path &folder);

/// The profile of a session that was saved there; it has the name that it was saved with.
Result<Profile> load_session(const std::filesystem::path &folder);

/// Saves the profile of the session, as it was read; makes the folder.
Result<void> save_session(const std::filesystem::path &folder, const Profile &profile);

} // namespace headroom
