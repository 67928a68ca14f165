// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::app {

/// One parameter changes at a frame of the input.
struct AutomationChange {
    std::uint64_t frame = 0;
    Scope scope = Scope::bus;
    ParameterId parameter;
    float value = 0.0f; ///< natural units, inside the parameter's bounds

    bool operator==(const AutomationChange &) const = default;
};

/// Most lines of an automation file.
inline constexpr std::size_t kAutomationLines = 1'000'000;

/// Reads what changes while a file is rendered: one line for each change, with its time, the path
/// of the parameter as apply_setting() takes it, and the value. The time is in seconds ("12.5" or
/// "12.5s") or a frame of the input at the rate at which it is rendered ("600000f"). Empty lines
/// and what follows a # at the start of a word are left aside. Lines need not be in order; of two
/// for the same frame and parameter the later one counts. A mistake is told with its line.
/// Returned in the order of frames. Not real-time safe.
Result<std::vector<AutomationChange>>
automation_from_text(std::string_view text, const std::string &file, const Profile &profile,
                     const BusProfile &bus, int sample_rate_hz);

/// As automation_from_text(), from a regular file.
Result<std::vector<AutomationChange>> read_automation(const std::string &file,
                                                      const Profile &profile, const BusProfile &bus,
                                                      int sample_rate_hz);

} // namespace headroom::app
