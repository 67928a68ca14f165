// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <string>

namespace headroom::jack {

/// A PipeWire daemon of this user accepts connections.
bool pipewire_is_running();

/// PipeWire runs, no JACK server does, the library loaded is not PipeWire's, and the program was
/// not started through pw-jack already.
bool needs_pw_jack(const std::string &server_name = {});

/// Starts the program again, through pw-jack, with the arguments that main() got. Returns only
/// where that fails.
Diagnostic restart_under_pw_jack(char *const *argv);

} // namespace headroom::jack
