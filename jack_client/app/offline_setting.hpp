// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"

#include <string_view>

namespace headroom::app {

/// A parameter of the bus that is rendered, or of the whole program, and its value.
struct Setting {
    Scope scope = Scope::bus;
    ParameterId id;
    float value = 0.0f;
};

/// Reads the path and the text of the value as apply_setting() does. Not real-time safe.
Result<Setting> find_setting(const Profile &profile, const BusProfile &bus, std::string_view path,
                             std::string_view value);

/// Applies "path=value" to a profile. path: "limiter/ceiling" of the bus that is rendered, or the
/// OSC address of any parameter of that bus or of the whole program, with or without
/// "/headroom/". value: a number or text, with or without its unit. Values beyond the parameter's
/// bounds are refused, not clamped. bus: a member of the profile. Not real-time safe.
Result<void> apply_setting(Profile &profile, BusProfile &bus, std::string_view assignment);

} // namespace headroom::app
