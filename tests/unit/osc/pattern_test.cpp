// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/pattern.hpp"
#include "tests/support/catch.hpp"

#include <random>

using headroom::osc::Pattern;

namespace {

/// The definition written down plainly, exponential as it is.
bool reference(std::string_view pattern, std::string_view text) {
    if (pattern.empty())
        return text.empty();
    const char c = pattern.front();
    if (c == '*') {
        for (std::size_t skip = 0; skip <= text.size(); ++skip) {
            if (reference(pattern.substr(1), text.substr(skip)))
                return true;
            if (skip < text.size() && text[skip] == '/')
                break;
        }
        return false;
    }
    if (c == '{') {
        const auto end = pattern.find('}');
        std::string_view words = pattern.substr(1, end - 1);
        for (;;) {
            const auto comma = words.find(',');
            const auto word = words.substr(0, comma);
            if (text.starts_with(word) &&
                reference(pattern.substr(end + 1), text.substr(word.size())))
                return true;
            if (comma == words.npos)
                return false;
            words.remove_prefix(comma + 1);
        }
    }
    if (text.empty())
        return false;
    if (c == '?')
        return text.front() != '/' && reference(pattern.substr(1), text.substr(1));
    if (c == '[') {
        const auto end = pattern.find(']');
        std::string_view inside = pattern.substr(1, end - 1);
        const bool inverted = inside.front() == '!';
        if (inverted)
            inside.remove_prefix(1);
        bool found = false;
        for (std::size_t i = 0; i < inside.size(); ++i)
            if (i + 2 < inside.size() && inside[i + 1] == '-') {
                found = found || (inside[i] <= text.front() && text.front() <= inside[i + 2]);
                i += 2;
            } else {
                found = found || inside[i] == text.front();
            }
        return text.front() != '/' && found != inverted &&
               reference(pattern.substr(end + 1), text.substr(1));
    }
    return text.front() == c && reference(pattern.substr(1), text.substr(1));
}

bool matches(std::string_view pattern, std::string_view address) {
    const auto compiled = Pattern::compile(pattern);
    REQUIRE(compiled.has_value());
    return compiled->matches(address);
}

} // namespace

TEST_CASE("wildcards of OSC 1.0 match as the specification says") {
    CHECK(matches("/a/b", "/a/b"));
    CHECK_FALSE(matches("/a/b", "/a/bc"));
    CHECK_FALSE(matches("/a", "/a/b"));
    CHECK_FALSE(matches("/a/b", "/a"));
    CHECK(matches("/a?c", "/abc"));
    CHECK_FALSE(matches("/a?c", "/ac"));
    CHECK(matches("/a*c", "/ac"));
    CHECK(matches("/a*c", "/abbbc"));
    CHECK(matches("/*", "/abc"));
    CHECK_FALSE(matches("/*", "/abc/d"));
    CHECK_FALSE(matches("/a*d", "/abc/d"));
    CHECK(matches("/*/x/*", "/abc/x/d"));
    CHECK(matches("/[a-c]x", "/bx"));
    CHECK_FALSE(matches("/[a-c]x", "/dx"));
    CHECK(matches("/[!a-c]x", "/dx"));
    CHECK_FALSE(matches("/[!a-c]x", "/ax"));
    CHECK(matches("/[a-]", "/-"));
    CHECK(matches("/[a!]", "/!"));
    CHECK(matches("/{one,two}x", "/twox"));
    CHECK_FALSE(matches("/{one,two}x", "/threex"));
    CHECK(matches("/{,one}x", "/x"));
    CHECK(matches("/{a,ab}{bc,c}", "/abc"));
    CHECK(matches("/{a,ab}*{bc,c}", "/abc"));
    CHECK(matches("/a{}*b", "/axb"));
}

TEST_CASE("a pattern covers everything below what it matches") {
    const auto below = Pattern::compile("/headroom/bus/*/limiter");
    REQUIRE(below.has_value());
    CHECK(below->covers("/headroom/bus/main/limiter"));
    CHECK(below->covers("/headroom/bus/main/limiter/ceiling"));
    CHECK_FALSE(below->covers("/headroom/bus/main/limiters/ceiling"));
    CHECK_FALSE(below->covers("/headroom/bus/main"));
}

TEST_CASE("patterns that mean nothing say why") {
    for (const char *bad : {"", "/", "a", "/[a", "/a]", "/{a", "/a}", "/[]", "/[!]", "/[z-a]",
                            "/{a*}", "/{a,{b}}", "/[\x80]"}) {
        CAPTURE(bad);
        CHECK_FALSE(Pattern::compile(bad).has_value());
    }
    CHECK_FALSE(Pattern::compile("/" + std::string(70, 'a') + "*").has_value());
    CHECK(Pattern::compile("/" + std::string(62, 'a') + "*").has_value());
    CHECK(Pattern::compile("/" + std::string(120, 'a') + "/*").has_value());
    CHECK(Pattern::compile("/" + std::string(62, 'a') + "?")
              .value()
              .matches("/" + std::string(63, 'a')));
}

TEST_CASE("patterns match what a plain reference matches") {
    std::mt19937 random(2);
    const auto pick = [&](std::string_view from) { return from[random() % from.size()]; };
    const auto make_pattern = [&] {
        std::string out = "/";
        for (auto parts = random() % 6 + 1; parts > 0; --parts)
            switch (random() % 8) {
            case 0:
                out += '*';
                break;
            case 1:
                out += '?';
                break;
            case 2:
                out += std::string("[") + (random() % 3 ? "" : "!") + pick("ab") + "-" +
                       pick("bc") + "]";
                if (out[out.size() - 4] > out[out.size() - 2])
                    std::swap(out[out.size() - 4], out[out.size() - 2]);
                break;
            case 3:
                out += std::string("{") + pick("abc") + "," + pick("abc") + pick("abc") +
                       (random() % 2 ? "," : "") + "}";
                break;
            case 4:
                out += out.back() == '/' ? "a" : "/";
                break;
            default:
                out += pick("abc");
            }
        return out;
    };
    int matched = 0;
    for (int round = 0; round < 40'000; ++round) {
        const std::string pattern = make_pattern();
        std::string address = "/";
        for (auto length = random() % 7; length > 0; --length)
            address += pick("aabbcc/");
        CAPTURE(pattern, address);
        const auto compiled = Pattern::compile(pattern);
        REQUIRE(compiled.has_value());
        const bool expected = reference(pattern, address);
        REQUIRE(compiled->matches(address) == expected);
        matched += expected;
    }
    CHECK(matched > 1000);
}

TEST_CASE("hostile patterns take a bounded number of steps") {
    const std::string text(126, 'a');
    for (const std::string &pattern :
         {std::string("/*a*a*a*a*a*a*a*a*a*b"), std::string("/********************b"),
          std::string("/") +
              [] {
                  std::string out;
                  for (int i = 0; i < 31; ++i)
                      out += "*a";
                  return out + "b";
              }(),
          std::string("/{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}*b")}) {
        CAPTURE(pattern);
        const auto compiled = Pattern::compile(pattern);
        REQUIRE(compiled.has_value());
        std::uint64_t steps = 0;
        CHECK_FALSE(compiled->matches("/" + text, false, steps));
        CHECK(steps <= text.size() * Pattern::kPositions);
    }
}
