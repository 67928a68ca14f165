// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <optional>

/// Sound servers belong to the user who has logged in. root has none of its own on a desktop.
namespace headroom::app {

/// The program runs as root.
bool is_root();

/// Why root's headroom would not be heard, and what to do: another user's sound server runs, or
/// sudo started the program. Nothing for others, and on machines where root is alone.
std::optional<Diagnostic> sound_is_of_another_user();

} // namespace headroom::app
