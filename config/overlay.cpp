// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/overlay.hpp"

#include "config/text_file.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>
#include <utility>

namespace headroom {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeader =
    "# headroom: what was changed over the profile, path and value";
constexpr std::string_view kEnd = "# end ";
/// Stands in the place of a path; no parameter, strip or route has it.
constexpr std::string_view kChosenProfile = "profile";
constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;

bool must_be_escaped(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f || c == '%';
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (must_be_escaped(c)) {
            std::array<char, 4> code{};
            std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned char>(c));
            out += code.data();
        } else {
            out += c;
        }
    }
    return out;
}

/// Nothing where a percent sign is not followed by two digits.
std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        constexpr std::string_view kDigits = "0123456789ABCDEF";
        const auto high = i + 2 < text.size() ? kDigits.find(text[i + 1]) : kDigits.npos;
        const auto low = i + 2 < text.size() ? kDigits.find(text[i + 2]) : kDigits.npos;
        if (high == kDigits.npos || low == kDigits.npos)
            return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

bool is_fit(std::string_view text) {
    return !text.empty() && text.size() <= kMaxYamlScalarBytes;
}

OverlayText read_file(const fs::path &file) {
    const auto text = read_text(file, kMaxFileBytes);
    return text && text->size() <= kMaxFileBytes ? read_overlay(*text) : OverlayText{};
}

fs::path beside(const fs::path &file, const char *ending) {
    return file.string() + ending;
}

/// The new text in place of the file, which becomes the one before. The failure in words; empty
/// without one.
std::string replace(const fs::path &wanted, const std::string &text) {
    const fs::path file = link_target(wanted);
    std::error_code error;
    if (fs::is_regular_file(file, error))
        fs::rename(file, beside(file, ".before"), error);
    const auto written = write_text(file, text, Access::owner);
    return written ? std::string() : written.error().text();
}

} // namespace

OverlayText read_overlay(std::string_view text) {
    OverlayText out;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = text.find('\n', start);
        if (end == text.npos)
            break; // cut off: the line may be another one than was meant
        const std::string_view line = text.substr(start, end - start);
        start = end + 1;
        if (line.starts_with(kEnd))
            out.is_whole = start == text.size() &&
                           line.substr(kEnd.size()) == std::to_string(out.entries.size());
        if (line.starts_with('#'))
            continue;
        const std::size_t tab = line.find('\t');
        if (tab == line.npos)
            continue;
        const auto path = unescaped(line.substr(0, tab));
        const auto value = unescaped(line.substr(tab + 1));
        if (!path || !value || !is_fit(*path) || !is_fit(*value))
            continue;
        if (*path == kChosenProfile)
            out.chosen_profile = *value;
        else if (out.entries.size() < Overlay::kMaxEntries)
            out.entries.insert_or_assign(*path, *value);
    }
    return out;
}

Overlay::Overlay(fs::path file, Saving saving) : file_(std::move(file)), saving_(saving) {
    if (file_.empty())
        return;
    const fs::path target = link_target(file_);
    OverlayText newest = read_file(target);
    if (!newest.is_whole) {
        OverlayText before = read_file(beside(target, ".before"));
        newest.entries.merge(before.entries);
        if (newest.chosen_profile.empty())
            newest.chosen_profile = std::move(before.chosen_profile);
    }
    entries_ = std::move(newest.entries);
    chosen_profile_ = std::move(newest.chosen_profile);
}

Overlay::~Overlay() {
    if (writing_.valid())
        take_outcome();
    if (changed_ && !file_.empty() && saving_ == Saving::soon)
        replace(file_, text());
}

std::string Overlay::text() const {
    std::string out = std::string(kHeader) + "\n";
    if (!chosen_profile_.empty())
        out += std::string(kChosenProfile) + "\t" + escaped(chosen_profile_) + "\n";
    for (const auto &[path, value] : entries_)
        out += escaped(path) + "\t" + escaped(value) + "\n";
    return out + std::string(kEnd) + std::to_string(entries_.size()) + "\n";
}

bool Overlay::set(std::string_view path, std::string_view value) {
    const auto known = entries_.find(path);
    if (known != entries_.end() && known->second == value)
        return true;
    if (!is_fit(path) || !is_fit(value) || path == kChosenProfile ||
        (known == entries_.end() && entries_.size() >= kMaxEntries))
        return false;
    entries_.insert_or_assign(std::string(path), std::string(value));
    changed_ = true;
    return true;
}

void Overlay::choose_profile(std::string_view name_or_path) {
    if (chosen_profile_ == name_or_path || !is_fit(name_or_path))
        return;
    chosen_profile_ = name_or_path;
    changed_ = true;
}

bool Overlay::clear(std::string_view path) {
    const auto at = entries_.find(path);
    if (at == entries_.end())
        return false;
    entries_.erase(at);
    changed_ = true;
    return true;
}

std::size_t Overlay::clear_all() {
    changed_ = changed_ || !entries_.empty();
    return std::exchange(entries_, {}).size();
}

void Overlay::take_outcome() {
    failure_ = writing_.get();
    writing_ = {};
    if (failure_.empty()) {
        interval_ = kSaveInterval;
        return;
    }
    changed_ = true;
    interval_ = std::min(2 * interval_, kLongestSaveInterval);
}

std::optional<std::chrono::milliseconds> Overlay::save() {
    using namespace std::chrono_literals;
    if (file_.empty() || saving_ == Saving::on_request)
        return std::nullopt;
    if (writing_.valid()) {
        if (writing_.wait_for(0ms) != std::future_status::ready)
            return 100ms;
        take_outcome();
    }
    if (!changed_)
        return std::nullopt;
    const auto now = std::chrono::steady_clock::now();
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(saved_at_ + interval_ - now);
    if (wait > 0ms)
        return wait;
    saved_at_ = now;
    changed_ = false;
    writing_ = std::async(std::launch::async, replace, file_, text());
    return kSaveInterval;
}

Result<void> Overlay::save_now() {
    if (const std::string failed = replace(file_, text()); !failed.empty())
        return headroom::failure(failed);
    changed_ = false;
    return {};
}

namespace {

constexpr std::string_view kBus = "bus/";

/// "bus/main/limiter/ceiling": "main" and "limiter/ceiling"; of any other path no bus.
std::pair<std::string_view, std::string_view> split_bus(std::string_view path) {
    if (!path.starts_with(kBus))
        return {{}, path};
    path.remove_prefix(kBus.size());
    const std::size_t slash = std::min(path.find('/'), path.size());
    return {path.substr(0, slash), path.substr(std::min(slash + 1, path.size()))};
}

} // namespace

namespace {

std::string unused_route(const Profile &profile, const std::string &text) {
    const auto route = route_from_text(text);
    if (!route)
        return "it is no route";
    if (route->kind != Route::Kind::bus)
        return {};
    std::vector<std::string> wanted = route->also;
    wanted.push_back(route->bus);
    for (const std::string &bus : wanted)
        if (std::none_of(profile.buses.begin(), profile.buses.end(),
                         [&](const BusProfile &other) { return other.name == bus; }))
            return "the profile has no such bus";
    return {};
}

} // namespace

std::string unused_because(const Profile &profile, std::string_view path,
                           const std::string &value) {
    constexpr std::string_view kRoute = "route/";
    constexpr std::string_view kStrip = "strip/";
    if (path.starts_with(kRoute))
        return unused_route(profile, value);
    const bool is_in_bus = path.starts_with(kBus);
    const bool is_in_strip = path.starts_with(kStrip);
    if (!is_in_bus && !is_in_strip && path.find('/') != path.npos)
        return {};
    if (is_in_strip) {
        const auto slash = std::min(path.find('/', kStrip.size()), path.size() - 1);
        const auto known = find_parameter(Scope::strip, path.substr(slash + 1));
        return !known                                ? "there is no such parameter"
               : from_text(parameter(*known), value) ? ""
                                                     : "it is no value";
    }
    const auto [bus, rest] = split_bus(path);
    const auto has_name = [name = bus](const BusProfile &other) { return other.name == name; };
    if (is_in_bus && std::none_of(profile.buses.begin(), profile.buses.end(), has_name))
        return "the profile has no such bus";
    const auto id = find_parameter(is_in_bus ? Scope::bus : Scope::global, rest);
    if (!id)
        return "there is no such parameter";
    return from_text(parameter(*id), value) ? "" : "it is no value";
}

Profile with_overlay(Profile profile, const Overlay &overlay) {
    const auto apply = [](Scope scope, std::string_view path, const std::string &text,
                          ParameterValues &values) {
        const auto id = find_parameter(scope, path);
        if (!id)
            return;
        if (const auto value = from_text(parameter(*id), text))
            values[*id] = clamped(parameter(*id), *value);
    };
    for (const auto &[path, text] : overlay.entries()) {
        const auto [bus, rest] = split_bus(path);
        if (!path.starts_with(kBus))
            apply(Scope::global, path, text, profile.globals);
        for (BusProfile &known : profile.buses)
            if (path.starts_with(kBus) && known.name == bus)
                apply(Scope::bus, rest, text, known.values);
    }
    return profile;
}

} // namespace headroom
