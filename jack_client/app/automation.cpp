// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/automation.hpp"

#include "jack_client/app/offline_setting.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <string_view>
#include <tuple>

namespace headroom::app {

namespace {

constexpr std::string_view kSpace = " \t\r";
constexpr double kMostFrames = 1e15;
constexpr auto kLineForm = "write time, path and value, for example 12.5 limiter/ceiling -3";

/// The next word, which goes from the text.
std::string_view take_word(std::string_view &text) {
    text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(kSpace));
    text.remove_prefix(word.size());
    return word;
}

std::string_view without_comment(std::string_view line) {
    for (std::size_t at = line.find('#'); at != line.npos; at = line.find('#', at + 1))
        if (at == 0 || kSpace.find(line[at - 1]) != kSpace.npos)
            return line.substr(0, at);
    return line;
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

template <class Number> std::optional<Number> read_number(std::string_view text) {
    Number value{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || rest != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// "12.5", "12.5s" or "600000f".
std::optional<std::uint64_t> read_time(std::string_view text, int sample_rate_hz) {
    if (text.ends_with('f')) {
        const auto frame = read_number<std::uint64_t>(text.substr(0, text.size() - 1));
        return frame && static_cast<double>(*frame) <= kMostFrames ? frame : std::nullopt;
    }
    if (text.ends_with('s'))
        text.remove_suffix(1);
    const auto seconds = read_number<double>(text);
    if (!seconds || !(*seconds >= 0.0 && *seconds * sample_rate_hz <= kMostFrames))
        return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(*seconds * sample_rate_hz));
}

Result<AutomationChange> read_line(std::string_view line, const Profile &profile,
                                   const BusProfile &bus, int sample_rate_hz) {
    const std::string_view time = take_word(line);
    const std::string_view path = take_word(line);
    const std::string_view value = trimmed(line);
    const auto frame = read_time(time, sample_rate_hz);
    if (!frame)
        return failure("\"" + std::string(time) + "\" is no time",
                       "write seconds as 12.5 or 12.5s, or a frame as 600000f");
    if (value.empty())
        return failure(path.empty() ? "nothing changes at this time" : "there is no value",
                       kLineForm);
    const auto setting = find_setting(profile, bus, path, value);
    if (!setting)
        return tl::unexpected(setting.error());
    return AutomationChange{*frame, setting->scope, setting->id, setting->value};
}

/// In the order of frames, and of what stands for the same frame and parameter the last.
void put_in_order(std::vector<AutomationChange> &changes) {
    const auto key = [](const AutomationChange &change) {
        return std::tuple(change.frame, change.parameter);
    };
    std::stable_sort(changes.begin(), changes.end(),
                     [&](const auto &a, const auto &b) { return key(a) < key(b); });
    const auto last = std::unique(changes.rbegin(), changes.rend(),
                                  [&](const auto &a, const auto &b) { return key(a) == key(b); });
    changes.erase(changes.begin(), last.base());
}

} // namespace

Result<std::vector<AutomationChange>> read_automation(const std::string &file,
                                                      const Profile &profile, const BusProfile &bus,
                                                      int sample_rate_hz) {
    std::ifstream in(file);
    if (!in)
        return tl::unexpected<Diagnostic>(
            {.message = "cannot be read", .file = file, .remedy = "give an automation file"});
    std::vector<AutomationChange> changes;
    std::string text;
    for (int number = 1; std::getline(in, text); ++number) {
        const std::string_view line = without_comment(text);
        if (trimmed(line).empty())
            continue;
        auto change =
            changes.size() < kAutomationLines
                ? read_line(line, profile, bus, sample_rate_hz)
                : failure("there are more than " + std::to_string(kAutomationLines) + " changes");
        if (!change) {
            change.error().file = file;
            change.error().line = number;
            return tl::unexpected(change.error());
        }
        changes.push_back(*change);
    }
    if (in.bad())
        return tl::unexpected<Diagnostic>({.message = "cannot be read", .file = file});
    put_in_order(changes);
    return changes;
}

} // namespace headroom::app
