// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace headroom {

/// Longest pattern, and longest name that a pattern is held against; longer names never match.
inline constexpr std::size_t kMaxPatternBytes = 256;
inline constexpr std::size_t kMaxNameBytes = 1024;

/// One way of naming things: "firefox" is exact, "fire*" a glob (* ? [abc] [a-z] [!abc]),
/// "/fire(fox|bird)/" a regular expression (RE2) that must match the whole name.
///
/// Matching takes time proportional to pattern length times name length at most, and bounded
/// memory, whatever both are: a regular expression may have no look-ahead and no back-reference.
class NamePattern {
  public:
    /// Throws std::invalid_argument, with the reason in words, on a pattern that is empty, too long
    /// or an invalid expression; the profile reader turns it into a Diagnostic with its place.
    explicit NamePattern(std::string_view text);
    /// Every stream of the application of that name, whatever signs the name has: in capitals or
    /// not, and with the number that a server adds to keep names apart ("mpv-57" is one of mpv).
    static NamePattern application(std::string name);
    /// Whether the text is a name, and neither a glob nor a regular expression.
    static bool is_plain(std::string_view text);
    bool matches(std::string_view name) const;
    const std::string &text() const { return text_; }

  private:
    NamePattern() = default;

    std::string text_;
    std::function<bool(std::string_view)> match_;
};

} // namespace headroom
