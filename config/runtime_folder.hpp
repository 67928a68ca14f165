// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <filesystem>

namespace headroom {

/// Makes and returns the user's own folder for what holds until he logs out: headroom/ in
/// $XDG_RUNTIME_DIR, else in /run/user/UID, else headroom-UID in /tmp. Fails if it cannot be made
/// the user's alone. Not real-time safe.
Result<std::filesystem::path> runtime_folder();

} // namespace headroom
