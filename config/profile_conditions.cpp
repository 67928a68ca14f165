// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile_conditions.hpp"

#include "config/suggestion.hpp"
#include "config/value_reader.hpp"
#include "config/value_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace headroom {

namespace {

constexpr int kMinutesPerHour = 60;
constexpr int kHoursPerDay = 24;

const std::vector<std::string> condition_keys{"sink", "application", "time"};

std::string clock_text(int minute_of_day) {
    char out[32];
    std::snprintf(out, sizeof out, "%02d:%02d", minute_of_day / kMinutesPerHour,
                  minute_of_day % kMinutesPerHour);
    return out;
}

/// "7", "7:30" or "07:30"; 24:00 is midnight.
std::optional<int> read_clock(std::string_view text) {
    const auto number = [](std::string_view digits) -> std::optional<int> {
        int out = 0;
        const char *const end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, out);
        if (parsed.ec != std::errc() || parsed.ptr != end || digits.size() > 2)
            return std::nullopt;
        return out;
    };
    const auto colon = text.find(':');
    const auto hour = number(text.substr(0, colon));
    const auto minute = colon == text.npos ? 0 : number(text.substr(colon + 1));
    if (!hour || !minute || *hour < 0 || *minute < 0 || *minute >= kMinutesPerHour ||
        *hour * kMinutesPerHour + *minute > kHoursPerDay * kMinutesPerHour)
        return std::nullopt;
    return (*hour * kMinutesPerHour + *minute) % (kHoursPerDay * kMinutesPerHour);
}

DayTime read_day_time(const YamlNode &node) {
    constexpr std::string_view kExpected = "a part of the day such as 22:00-07:00";
    const std::string_view text = node.text;
    const auto dash = text.find('-');
    if (dash == text.npos)
        refuse(node, kExpected);
    const auto from = read_clock(trimmed(text.substr(0, dash)));
    const auto to = read_clock(trimmed(text.substr(dash + 1)));
    if (!from || !to)
        refuse(node, kExpected);
    if (from == to)
        refuse(node, "two times that differ", "leave time out for the whole day");
    return {.from_minute = *from, .to_minute = *to};
}

/// "sink \"Headphones\" is like \"*headphones*\""; empty if no name fits. Names are matched in
/// small letters too: a device is "Headphones" here and "headphones" there.
std::string fitting(const char *kind, const std::vector<NamePattern> &patterns,
                    const std::vector<std::string> &names) {
    for (const NamePattern &pattern : patterns)
        for (const std::string &name : names)
            if (pattern.matches(name) || pattern.matches(in_lower_case(name)))
                return std::string(kind) + " " + in_quotes(name) +
                       (pattern.text() == name ? "" : " is like " + in_quotes(pattern.text()));
    return {};
}

} // namespace

bool DayTime::contains(int minute_of_day) const {
    return from_minute < to_minute ? minute_of_day >= from_minute && minute_of_day < to_minute
                                   : minute_of_day >= from_minute || minute_of_day < to_minute;
}

std::string DayTime::text() const {
    return clock_text(from_minute) + "-" + clock_text(to_minute);
}

std::size_t ProfileConditions::kinds() const {
    return std::size_t{!sinks.empty()} + std::size_t{!applications.empty()} +
           std::size_t{!times.empty()};
}

Verdict ProfileConditions::judge(const Surroundings &now) const {
    std::vector<std::string> reasons;
    if (!sinks.empty())
        reasons.push_back(fitting("sink", sinks, now.sinks));
    if (!applications.empty())
        reasons.push_back(fitting("application", applications, now.applications));
    if (!times.empty()) {
        const auto time = std::find_if(times.begin(), times.end(), [&](const DayTime &part) {
            return part.contains(now.minute_of_day);
        });
        reasons.push_back(time == times.end() ? "" : "the time is within " + time->text());
    }
    Verdict verdict{.matches = !reasons.empty()};
    for (const std::string &reason : reasons) {
        verdict.matches = verdict.matches && !reason.empty();
        verdict.reason += (verdict.reason.empty() ? "" : ", ") + reason;
    }
    return verdict.matches ? verdict : Verdict{};
}

ProfileConditions read_conditions(const YamlNode &node) {
    ProfileConditions out;
    for (const YamlNode &entry :
         require_map(node, "a map of " + enumeration(condition_keys)).children)
        if (entry.key == "sink")
            for (const YamlNode *item : scalars(entry, "a pattern or a list of patterns"))
                out.sinks.push_back(read_pattern(*item));
        else if (entry.key == "application")
            for (const YamlNode *item : scalars(entry, "a pattern or a list of patterns"))
                out.applications.push_back(NamePattern::is_plain(item->text)
                                               ? NamePattern::application(item->text)
                                               : read_pattern(*item));
        else if (entry.key == "time")
            for (const YamlNode *item : scalars(entry, "a part of the day, or a list of them"))
                out.times.push_back(read_day_time(*item));
        else
            refuse_key(entry, condition_keys);
    if (out.kinds() == 0)
        refuse(node, "at least one of " + enumeration(condition_keys));
    return out;
}

} // namespace headroom
