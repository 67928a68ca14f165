// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/overlay.hpp"

#include "config/state_file.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace headroom {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeader =
    "# headroom: what was changed over the profile, path and value";
constexpr std::string_view kEnd = "# end ";
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

std::string to_text(const Overlay::Entries &entries) {
    std::string out = std::string(kHeader) + "\n";
    for (const auto &[path, value] : entries)
        out += escaped(path) + "\t" + escaped(value) + "\n";
    return out + std::string(kEnd) + std::to_string(entries.size()) + "\n";
}

struct Content {
    Overlay::Entries entries;
    bool is_whole = false; ///< up to the mark at the end
};

bool is_fit(std::string_view text) {
    return !text.empty() && text.size() <= kMaxYamlScalarBytes;
}

Content read_text(std::string_view text) {
    Content out;
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
        if (path && value && is_fit(*path) && is_fit(*value) &&
            out.entries.size() < Overlay::kMaxEntries)
            out.entries.insert_or_assign(*path, *value);
    }
    return out;
}

Content read_file(const fs::path &file) {
    std::ifstream stream(file, std::ios::binary);
    std::string text;
    if (stream)
        text.assign(std::istreambuf_iterator<char>(stream), {});
    return text.size() <= kMaxFileBytes ? read_text(text) : Content{};
}

fs::path beside(const fs::path &file, const char *ending) {
    return file.string() + ending;
}

/// The new text in place of the file, which becomes the one before. The failure in words; empty
/// where there is none.
std::string replace(const fs::path &file, const std::string &text) {
    std::error_code error;
    fs::rename(file, beside(file, ".before"), error); // there may be none yet
    const auto written = write_state(file, text);
    return written ? std::string() : written.error().text();
}

} // namespace

Overlay::Overlay(fs::path file, Saving saving) : file_(std::move(file)), saving_(saving) {
    if (file_.empty())
        return;
    Content newest = read_file(file_);
    if (!newest.is_whole) {
        Content before = read_file(beside(file_, ".before"));
        newest.entries.merge(before.entries);
    }
    entries_ = std::move(newest.entries);
}

Overlay::~Overlay() {
    if (writing_.valid())
        writing_.wait();
    if (changed_ && !file_.empty() && saving_ == Saving::soon)
        replace(file_, to_text(entries_));
}

void Overlay::set(std::string_view path, std::string_view value) {
    const auto known = entries_.find(path);
    if (known != entries_.end() ? known->second == value : entries_.size() >= kMaxEntries)
        return;
    if (!is_fit(path) || !is_fit(value))
        return;
    entries_.insert_or_assign(std::string(path), std::string(value));
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
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(saved_at_ + kSaveInterval - now);
    if (wait > 0ms)
        return wait;
    saved_at_ = now;
    changed_ = false;
    writing_ = std::async(std::launch::async, replace, file_, to_text(entries_));
    return kSaveInterval;
}

Result<void> Overlay::save_now() {
    if (const std::string failed = replace(file_, to_text(entries_)); !failed.empty())
        return headroom::failure(failed);
    changed_ = false;
    return {};
}

Profile with_overlay(Profile profile, const Overlay &overlay) {
    constexpr std::string_view kBus = "bus/";
    const auto apply = [](Scope scope, std::string_view path, const std::string &text,
                          ParameterValues &values) {
        const auto id = find_parameter(scope, path);
        if (!id)
            return;
        if (const auto value = from_text(parameter(*id), text))
            values[*id] = clamped(parameter(*id), *value);
    };
    for (const auto &[path, text] : overlay.entries()) {
        if (!path.starts_with(kBus)) {
            apply(Scope::global, path, text, profile.globals);
            continue;
        }
        const std::string_view rest = std::string_view(path).substr(kBus.size());
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        for (BusProfile &bus : profile.buses)
            if (bus.name == rest.substr(0, slash) && slash < rest.size())
                apply(Scope::bus, rest.substr(slash + 1), text, bus.values);
    }
    return profile;
}

} // namespace headroom
