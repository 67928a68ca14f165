// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// Where an application's sound goes.
struct Route {
    enum class Kind { bus, bypass, ignore };
    Kind kind = Kind::ignore;
    std::string bus; ///< name of the bus where kind is bus

    bool operator==(const Route &) const = default;
    std::string text() const; ///< the bus name, "bypass" or "ignore"
};

/// Longest pattern, and longest name that a pattern is held against; longer names never match.
inline constexpr std::size_t kMaxPatternBytes = 256;
inline constexpr std::size_t kMaxNameBytes = 1024;

/// One way of naming things: "firefox" is exact, "fire*" a glob (* ? [abc] [a-z] [!abc]),
/// "/fire(fox|bird)/" a regular expression (ECMAScript) that must match the whole name.
///
/// Matching takes time proportional to pattern length times name length at most, whatever both
/// are: a regular expression may have no look-ahead and no back-reference.
class NamePattern {
  public:
    /// Throws std::invalid_argument, with the reason in words, on a pattern that is empty, too long
    /// or an invalid expression; the profile reader turns it into a Diagnostic with its place.
    explicit NamePattern(std::string_view text);
    bool matches(std::string_view name) const;
    const std::string &text() const { return text_; }

  private:
    std::string text_;
    std::function<bool(std::string_view)> match_;
};

/// What the rules may ask of an application.
struct ApplicationNames {
    std::string client;
    std::vector<std::string> aliases; ///< of its ports
    std::vector<std::string> ports;   ///< short names, without the client
};

/// All fields that are present must match (one pattern of each list is enough); an exclusion that
/// matches turns the rule off. A match without any field matches everything.
struct Match {
    std::vector<NamePattern> client;
    std::vector<NamePattern> alias;
    std::vector<NamePattern> port;
    std::vector<Match> exclude; ///< "not:" in the profile

    bool matches(const ApplicationNames &names) const;
};

struct Rule {
    std::string name; ///< as the profile gives it, else "rule 3"
    Match match;
    Route route;
    bool strip = false; ///< the application gets a strip of its own in its bus
};

/// The first rule that matches, or nullptr.
const Rule *first_match(const std::vector<Rule> &rules, const ApplicationNames &names);

} // namespace headroom
