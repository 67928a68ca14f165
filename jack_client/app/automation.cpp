// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/automation.hpp"

#include "config/text_file.hpp"
#include "config/value_text.hpp"
#include "jack_client/app/offline_setting.hpp"

#include <algorithm>
#include <cmath>
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

/// "12.5", "12.5s", "500 ms" or "600000f".
std::optional<std::uint64_t> read_time(std::string_view text, int sample_rate_hz) {
    const auto quantity = read_quantity(text);
    if (!quantity || quantity->number < 0.0)
        return std::nullopt;
    const bool is_in_frames = equal_ignoring_case(quantity->unit, "f");
    constexpr double kMsPerSecond = 1000.0;
    const auto time_ms = in_unit(*quantity, Unit::ms);
    if (!is_in_frames && !time_ms)
        return std::nullopt;
    const double seconds =
        is_in_frames || quantity->unit.empty() ? quantity->number : *time_ms / kMsPerSecond;
    const double frames = is_in_frames ? quantity->number : seconds * sample_rate_hz;
    if (frames > kMostFrames || (is_in_frames && frames != std::floor(frames)))
        return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(frames));
}

Result<AutomationChange> read_line(std::string_view line, const Profile &profile,
                                   const BusProfile &bus, int sample_rate_hz) {
    const std::string_view time = take_word(line);
    const std::string_view path = take_word(line);
    const std::string_view value = trimmed(line);
    const auto frame = read_time(time, sample_rate_hz);
    if (!frame)
        return failure("\"" + std::string(time) + "\" is not a time",
                       "write seconds as 12.5 or 12.5s, or a frame as 600000f");
    if (value.empty())
        return failure(path.empty() ? "a path and a value are missing" : "a value is missing",
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

Result<std::vector<AutomationChange>>
automation_from_text(std::string_view text, const std::string &file, const Profile &profile,
                     const BusProfile &bus, int sample_rate_hz) {
    std::vector<AutomationChange> changes;
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = without_comment(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
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
    put_in_order(changes);
    return changes;
}

Result<std::vector<AutomationChange>> read_automation(const std::string &file,
                                                      const Profile &profile, const BusProfile &bus,
                                                      int sample_rate_hz) {
    constexpr std::size_t kMostBytes = std::size_t{64} << 20;
    const auto text = read_text(file, kMostBytes);
    if (!text)
        return tl::unexpected(text.error());
    if (text->size() > kMostBytes)
        return tl::unexpected<Diagnostic>({.message = "it is too long", .file = file});
    return automation_from_text(*text, file, profile, bus, sample_rate_hz);
}

} // namespace headroom::app
