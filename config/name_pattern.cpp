// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/name_pattern.hpp"

#include "config/value_text.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <re2/re2.h>
#include <stdexcept>
#include <utility>
#include <vector>

namespace headroom {

namespace {

constexpr const char *kGlobSigns = "*?[";

bool is_expression(std::string_view text) {
    return text.size() >= 2 && text.front() == '/' && text.back() == '/';
}

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
            if (c == U'[') {
                take_set(pattern);
                continue;
            }
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

    /// Takes "[...]" off the front of the pattern.
    void take_set(std::u32string_view &pattern) {
        Token set;
        std::size_t at = 1;
        if (at < pattern.size() && pattern[at] == U'!') {
            set.is_negated = true;
            ++at;
        }
        const std::size_t close = pattern.find(U']', at + 1);
        if (close == pattern.npos)
            throw std::invalid_argument(
                "a bracket [ is not closed; [[] stands for the sign itself");
        for (; at < close; ++at) {
            const bool is_range = at + 2 < close && pattern[at + 1] == U'-';
            set.ranges.emplace_back(pattern[at], pattern[is_range ? at + 2 : at]);
            if (is_range)
                at += 2;
        }
        tokens_.push_back(std::move(set));
        pattern.remove_prefix(close + 1);
    }

    std::vector<Token> tokens_;
};

/// As UTF-8, whatever the bytes were; RE2 takes nothing else.
std::string encoded(std::u32string_view text) {
    std::string out;
    for (const char32_t point : text) {
        const auto add = [&](char32_t byte) { out += static_cast<char>(byte); };
        const auto follow = [&](int shift) { add(0x80u | (point >> shift & 0x3fu)); };
        if (point < 0x80) {
            add(point);
        } else if (point < 0x800) {
            add(0xc0u | point >> 6);
            follow(0);
        } else if (point < 0x10000) {
            add(0xe0u | point >> 12);
            follow(6);
            follow(0);
        } else {
            add(0xf0u | (point >> 18 & 7u));
            follow(12);
            follow(6);
            follow(0);
        }
    }
    return out;
}

std::string reason(const RE2 &expression) {
    switch (expression.error_code()) {
    case RE2::ErrorMissingParen:
    case RE2::ErrorUnexpectedParen:
        return "a parenthesis is not closed, or closed without being open";
    case RE2::ErrorMissingBracket:
        return "a bracket [ is not closed";
    case RE2::ErrorRepeatArgument:
    case RE2::ErrorRepeatOp:
        return "* + ? or { stands where there is nothing to repeat; \".*\" means anything";
    case RE2::ErrorRepeatSize:
        return "the count in braces is not valid, or over 1000";
    case RE2::ErrorTrailingBackslash:
        return "a backslash stands at the end";
    case RE2::ErrorBadEscape:
        return "a backslash stands before a character that needs none; back-references are not "
               "supported";
    case RE2::ErrorBadCharRange:
    case RE2::ErrorBadCharClass:
        return "a range in brackets is not valid";
    case RE2::ErrorPatternTooLarge:
        return "it is too complex";
    case RE2::ErrorBadPerlOp:
    case RE2::ErrorBadNamedCapture:
        return "look-ahead and look-behind are not supported; use not: instead";
    default:
        return "it is not valid";
    }
}

/// Memory that one expression may take, for its program and what it remembers of names.
constexpr std::int64_t kMostBytes = 256 * 1024;

/// RE2 matches in linear time, without look-ahead and back-references.
std::shared_ptr<const RE2> compiled(std::string_view expression) {
    if (expression.empty())
        throw std::invalid_argument("the regular expression is empty");
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kMostBytes);
    options.set_never_capture(true);
    auto out = std::make_shared<const RE2>(re2::StringPiece(expression.data(), expression.size()),
                                           options);
    if (!out->ok())
        throw std::invalid_argument("the regular expression cannot be read: " + reason(*out));
    return out;
}

} // namespace

NamePattern::NamePattern(std::string_view text) : text_(text) {
    if (text.empty())
        throw std::invalid_argument("the pattern is empty");
    if (text.size() > kMaxPatternBytes)
        throw std::invalid_argument("the pattern is longer than " +
                                    std::to_string(kMaxPatternBytes) + " bytes");
    if (is_expression(text))
        match_ = [expression = compiled(text.substr(1, text.size() - 2))](std::string_view name) {
            return RE2::FullMatch(encoded(decoded(name)), *expression);
        };
    else if (text.find_first_of(kGlobSigns) != text.npos)
        match_ = [glob = Glob(decoded(text))](std::string_view name) {
            return glob.matches(decoded(name));
        };
    else
        match_ = [exact = text_](std::string_view name) { return name == exact; };
}

NamePattern NamePattern::application(std::string name) {
    NamePattern out;
    out.text_ = std::move(name);
    out.match_ = [wanted = out.text_](std::string_view other) {
        if (!equal_ignoring_case(other.substr(0, wanted.size()), wanted))
            return false;
        const std::string_view number = other.substr(wanted.size());
        return number.empty() || (number.size() > 1 && number.front() == '-' &&
                                  number.find_first_not_of("0123456789", 1) == number.npos);
    };
    return out;
}

bool NamePattern::is_plain(std::string_view text) {
    return text.find_first_of(kGlobSigns) == text.npos && !is_expression(text);
}

bool NamePattern::matches(std::string_view name) const {
    return name.size() <= kMaxNameBytes && match_(name);
}

} // namespace headroom
