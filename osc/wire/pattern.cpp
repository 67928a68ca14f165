// SPDX-License-Identifier: MPL-2.0
#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <bit>
#include <bitset>
#include <optional>

namespace headroom::osc {

namespace {

constexpr std::string_view kWildcards = "*?[]{}";

constexpr std::uint64_t bit(std::size_t position) {
    return std::uint64_t{1} << position;
}

using CharacterSet = std::bitset<128>;

/// One position of a part: takes one character of the set, or any number of them (star).
struct Position {
    CharacterSet set;
    bool star = false;
};

CharacterSet just(char c) {
    CharacterSet set;
    set.set(static_cast<unsigned char>(c) & 0x7f);
    return set;
}

/// What stands between [ and ]: characters and ranges, turned round by a leading !.
std::optional<CharacterSet> bracket_set(std::string_view inside) {
    const bool inverted = inside.starts_with('!');
    if (inverted)
        inside.remove_prefix(1);
    if (inside.empty())
        return std::nullopt;
    CharacterSet set;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        auto first = static_cast<unsigned char>(inside[i]);
        auto last = first;
        if (i + 2 < inside.size() && inside[i + 1] == '-') {
            last = static_cast<unsigned char>(inside[i + 2]);
            i += 2;
        }
        if (first > 127 || last > 127 || last < first)
            return std::nullopt;
        for (unsigned c = first; c <= last; ++c)
            set.set(c);
    }
    return inverted ? ~set : set;
}

} // namespace

bool Pattern::is_pattern(std::string_view text) {
    return text.find_first_of(kWildcards) != text.npos;
}

tl::expected<Pattern::Part, std::string> Pattern::compile_part(std::string_view text) {
    Part part;
    part.is_literal = !is_pattern(text);
    if (part.is_literal) {
        part.literal = text;
        return part;
    }
    const auto refuse = [&](const char *why) {
        return tl::unexpected("\"" + std::string(text) + "\": " + why);
    };

    // An element is a run of positions; {a,bc} is an element with several runs.
    using Run = std::vector<Position>;
    std::vector<std::vector<Run>> elements;
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (text[i]) {
        case '*':
            if (i == 0 || text[i - 1] != '*')
                elements.push_back({{{CharacterSet().set(), true}}});
            break;
        case '?':
            elements.push_back({{{CharacterSet().set(), false}}});
            break;
        case '[': {
            const auto end = text.find(']', i + 1);
            if (end == text.npos)
                return refuse("a [ has no ]");
            const auto set = bracket_set(text.substr(i + 1, end - i - 1));
            if (!set)
                return refuse("between [ and ] stand characters and rising ranges such as a-z");
            elements.push_back({{{*set, false}}});
            i = end;
            break;
        }
        case '{': {
            const auto end = text.find('}', i + 1);
            if (end == text.npos)
                return refuse("a { has no }");
            std::vector<Run> runs(1);
            for (const char c : text.substr(i + 1, end - i - 1)) {
                if (c == ',')
                    runs.emplace_back();
                else if (is_pattern({&c, 1}))
                    return refuse("between { and } stand plain words with commas between them");
                else
                    runs.back().push_back({just(c), false});
            }
            elements.push_back(std::move(runs));
            i = end;
            break;
        }
        case ']':
        case '}':
            return refuse("it closes a bracket that was not opened");
        default:
            elements.push_back({{{just(text[i]), false}}});
        }
    }

    std::size_t count = 0;
    for (const auto &runs : elements)
        for (const Run &run : runs)
            count += run.size();
    if (count > kPositions)
        return refuse("it is too long beside a wildcard");

    // From the last element to the first: `follow` is where one can be before what comes behind.
    std::size_t position = count;
    part.end = bit(count);
    std::uint64_t follow = part.end;
    for (auto element = elements.rbegin(); element != elements.rend(); ++element) {
        std::uint64_t before = 0;
        for (auto run = element->rbegin(); run != element->rend(); ++run) {
            std::uint64_t entry = follow;
            for (auto step = run->rbegin(); step != run->rend(); ++step) {
                --position;
                part.next[position] = step->star ? bit(position) | entry : entry;
                for (std::size_t c = 0; c < part.accepts.size(); ++c)
                    if (step->set[c])
                        part.accepts[c] |= bit(position);
                entry = step->star ? bit(position) | entry : bit(position);
            }
            before |= entry;
        }
        follow = before;
    }
    part.start = follow;
    return part;
}

bool Pattern::Part::matches(std::string_view text, std::uint64_t &steps) const {
    if (is_literal) {
        ++steps;
        return text == literal;
    }
    std::uint64_t here = start;
    for (const char c : text) {
        const auto index = static_cast<unsigned char>(c);
        std::uint64_t taking = index < accepts.size() ? here & accepts[index] : 0;
        here = 0;
        for (; taking != 0; taking &= taking - 1, ++steps)
            here |= next[static_cast<std::size_t>(std::countr_zero(taking))];
        if (here == 0)
            return false;
    }
    return (here & end) != 0;
}

tl::expected<Pattern, std::string> Pattern::compile(std::string_view text) {
    if (text.size() < 2 || text.front() != '/')
        return tl::unexpected(std::string("a pattern starts with a slash"));
    Pattern pattern;
    while (!text.empty()) {
        text.remove_prefix(1);
        const auto slash = std::min(text.find('/'), text.size());
        auto part = compile_part(text.substr(0, slash));
        if (!part)
            return tl::unexpected(part.error());
        pattern.parts_.push_back(std::move(*part));
        text.remove_prefix(slash);
    }
    return pattern;
}

bool Pattern::matches(std::string_view address, bool leading_part, std::uint64_t &steps) const {
    for (const Part &part : parts_) {
        if (address.empty() || address.front() != '/')
            return false;
        address.remove_prefix(1);
        const auto slash = std::min(address.find('/'), address.size());
        if (!part.matches(address.substr(0, slash), steps))
            return false;
        address.remove_prefix(slash);
    }
    return leading_part || address.empty();
}

bool Pattern::matches(std::string_view address) const {
    std::uint64_t steps = 0;
    return matches(address, false, steps);
}

bool Pattern::covers(std::string_view address) const {
    std::uint64_t steps = 0;
    return matches(address, true, steps);
}

} // namespace headroom::osc
