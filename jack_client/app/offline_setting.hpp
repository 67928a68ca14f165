// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"

#include <string_view>

namespace headroom::app {

/// Applies "path=value" to a profile. path: "limiter/ceiling" of the bus that is rendered, or the
/// OSC address of any parameter of that bus or of the whole program, with or without
/// "/headroom/". value: a number or text, with or without its unit. Values beyond the parameter's
/// bounds are refused, not clamped. bus: a member of the profile. Not real-time safe.
Result<void> apply_setting(Profile &profile, BusProfile &bus, std::string_view assignment);

} // namespace headroom::app
