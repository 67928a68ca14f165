// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <jack/types.h>
#include <string>
#include <vector>

namespace headroom::jack {

/// The names in an array that libjack gave, which is freed; nullptr has none. Not real-time safe.
std::vector<std::string> taken_names(const char **names);

/// Not real-time safe.
std::vector<std::string> aliases_of(const jack_port_t *port);

} // namespace headroom::jack
