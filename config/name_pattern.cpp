// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/name_pattern.hpp"

#include <algorithm>
#include <regex>
#include <stdexcept>
#include <utility>
#include <vector>

namespace headroom {

namespace {

/// Code points of UTF-8; a byte that is no UTF-8 stands for itself.
std::u32string decoded(std::string_view text) {
    std::u32string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
        char32_t point = length == 1 ? lead : lead & (0x7fu >> length);
        std::size_t used = 1;
        while (used < length && at + used < text.size() &&
               (static_cast<unsigned char>(text[at + used]) & 0xc0u) == 0x80u)
            point = point << 6 | (static_cast<unsigned char>(text[at + used++]) & 0x3fu);
        if (used != length) {
            point = lead;
            used = 1;
        }
        out.push_back(point);
        at += used;
    }
    return out;
}

class Glob {
  public:
    explicit Glob(std::u32string_view pattern) {
        while (!pattern.empty()) {
            const char32_t c = pattern.front();
            if (c == U'[' && take_set(pattern))
                continue;
            if (c == U'*')
                tokens_.push_back({.is_run = true});
            else if (c == U'?')
                tokens_.push_back({.is_negated = true});
            else
                tokens_.push_back({.ranges = {{c, c}}});
            pattern.remove_prefix(1);
        }
    }

    /// Remembers only the last run: what stood before it need never be tried again.
    bool matches(std::u32string_view name) const {
        std::size_t token = 0;
        std::size_t at = 0;
        std::size_t after_run = 0;
        std::size_t retry = 0;
        while (at < name.size()) {
            if (token < tokens_.size() && tokens_[token].is_run) {
                after_run = ++token;
                retry = at;
            } else if (token < tokens_.size() && tokens_[token].accepts(name[at])) {
                ++token;
                ++at;
            } else if (after_run > 0) {
                token = after_run;
                at = ++retry;
            } else {
                return false;
            }
        }
        return std::all_of(tokens_.begin() + static_cast<std::ptrdiff_t>(token), tokens_.end(),
                           [](const Token &rest) { return rest.is_run; });
    }

  private:
    struct Token {
        bool is_run = false;     ///< any number of characters
        bool is_negated = false; ///< one character outside the ranges; "?" has none
        std::vector<std::pair<char32_t, char32_t>> ranges;

        bool accepts(char32_t c) const {
            const bool inside = std::any_of(ranges.begin(), ranges.end(), [c](auto range) {
                return range.first <= c && c <= range.second;
            });
            return inside != is_negated;
        }
    };

    /// Takes "[...]" off the front of the pattern; false where the bracket is not closed.
    bool take_set(std::u32string_view &pattern) {
        Token set;
        std::size_t at = 1;
        if (at < pattern.size() && pattern[at] == U'!') {
            set.is_negated = true;
            ++at;
        }
        const std::size_t close = pattern.find(U']', at + 1);
        if (close == pattern.npos)
            return false;
        for (; at < close; ++at) {
            const bool is_range = at + 2 < close && pattern[at + 1] == U'-';
            set.ranges.emplace_back(pattern[at], pattern[is_range ? at + 2 : at]);
            if (is_range)
                at += 2;
        }
        tokens_.push_back(std::move(set));
        pattern.remove_prefix(close + 1);
        return true;
    }

    std::vector<Token> tokens_;
};

bool has_lookahead(std::string_view expression) {
    for (std::size_t at = 0; at + 2 < expression.size(); ++at) {
        if (expression[at] == '\\')
            ++at;
        else if (expression.substr(at, 3) == "(?=" || expression.substr(at, 3) == "(?!")
            return true;
    }
    return false;
}

std::string reason(const std::regex_error &error) {
    using namespace std::regex_constants;
    const auto code = error.code();
    if (code == error_paren)
        return "a parenthesis is not closed";
    if (code == error_brack)
        return "a bracket [ is not closed";
    if (code == error_brace || code == error_badbrace)
        return "the count in braces is not valid";
    if (code == error_escape)
        return "a backslash stands before a character that needs none, or at the end";
    if (code == error_badrepeat)
        return "* + ? or { stands where there is nothing to repeat; \".*\" means anything";
    if (code == error_range)
        return "a range in brackets is not valid";
    if (code == error_space)
        return "it is too complex";
    if (code == error_complexity || code == error_backref)
        return "back-references are not supported";
    return "it is not valid";
}

/// Runs the polynomial matcher of libstdc++: its backtracking one takes exponential time.
std::regex compiled(std::string_view expression) {
    if (expression.empty())
        throw std::invalid_argument("the regular expression is empty");
    if (has_lookahead(expression))
        throw std::invalid_argument("look-ahead is not supported; use not: instead");
    auto flags = std::regex::ECMAScript | std::regex::nosubs;
#ifdef __GLIBCXX__
    flags |= std::regex_constants::__polynomial;
#endif
    try {
        return std::regex(expression.begin(), expression.end(), flags);
    } catch (const std::regex_error &error) {
        throw std::invalid_argument("the regular expression cannot be read: " + reason(error));
    }
}

} // namespace

NamePattern::NamePattern(std::string_view text) : text_(text) {
    if (text.empty())
        throw std::invalid_argument("the pattern is empty");
    if (text.size() > kMaxPatternBytes)
        throw std::invalid_argument("the pattern is longer than " +
                                    std::to_string(kMaxPatternBytes) + " bytes");
    if (text.size() >= 2 && text.front() == '/' && text.back() == '/')
        match_ = [expression = compiled(text.substr(1, text.size() - 2))](std::string_view name) {
            return std::regex_match(name.begin(), name.end(), expression);
        };
    else if (text.find_first_of("*?[") != text.npos)
        match_ = [glob = Glob(decoded(text))](std::string_view name) {
            return glob.matches(decoded(name));
        };
    else
        match_ = [exact = text_](std::string_view name) { return name == exact; };
}

NamePattern NamePattern::literal(std::string name) {
    NamePattern out;
    out.text_ = std::move(name);
    out.match_ = [exact = out.text_](std::string_view other) { return other == exact; };
    return out;
}

bool NamePattern::matches(std::string_view name) const {
    return name.size() <= kMaxNameBytes && match_(name);
}

} // namespace headroom
