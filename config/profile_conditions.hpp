// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/name_pattern.hpp"
#include "config/rules.hpp"
#include "config/yaml_document.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace headroom {

/// A part of the day in local time. It may pass midnight: 22:00-07:00.
struct DayTime {
    int from_minute = 0; ///< since midnight
    int to_minute = 0;   ///< since midnight, itself not included

    bool contains(int minute_of_day) const;
    std::string text() const; ///< "22:00-07:00"
};

/// What a profile can depend on.
struct Surroundings {
    std::vector<std::string> sinks;        ///< that buses play to, by every name they have
    std::vector<std::string> applications; ///< that are there, by every name they have
    int minute_of_day = 0;                 ///< since midnight, local time
};

/// When a profile switches itself on: `when:` in the profile. Every kind that is given has to hold,
/// and one of each list is enough.
struct ProfileConditions {
    std::vector<NamePattern> sinks;
    std::vector<NamePattern> applications;
    std::vector<DayTime> times;

    /// How many kinds of condition there are; 0 for a profile that never switches itself on.
    std::size_t kinds() const;
    /// Whether they hold, and what decided. Without a condition they never hold.
    Verdict judge(const Surroundings &now) const;
};

/// Reads the map below `when:`. Throws YamlError.
ProfileConditions read_conditions(const YamlNode &node);

} // namespace headroom
