// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/value_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <span>
#include <utility>

namespace headroom {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Signs that mean the same as one of ASCII: what text processors make of a minus or a space, and
/// both letters for micro.
std::string in_ascii(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSame{
        {{"\xe2\x88\x92", "-"}, // minus sign
         {"\xe2\x80\x93", "-"}, // en dash
         {"\xef\xbc\x8d", "-"}, // full-width hyphen
         {"\xc2\xa0", " "},     // no-break space
         {"\xe2\x80\xaf", " "}, // narrow no-break space
         {"\xe2\x80\x89", " "}, // thin space
         {"\xc2\xb5", "u"},     // micro sign
         {"\xce\xbc", "u"}}};   // Greek mu
    std::string out;
    while (!text.empty()) {
        const auto same = std::find_if(kSame.begin(), kSame.end(), [&](const auto &pair) {
            return text.starts_with(pair.first);
        });
        out += same != kSame.end() ? same->second : text.substr(0, 1);
        text.remove_prefix(same != kSame.end() ? same->first.size() : 1);
    }
    return out;
}

/// A unit, and how many of the parameter's own it is.
struct Same {
    std::string_view name;
    double factor;
};
std::span<const Same> same_as(Unit unit) {
    static constexpr std::array kDb{Same{"dB", 1}};
    static constexpr std::array kPeak{Same{"dB", 1}, Same{"dBFS", 1}, Same{"dBTP", 1}};
    static constexpr std::array kLoudness{Same{"LUFS", 1}, Same{"LKFS", 1}, Same{"LU", 1},
                                          Same{"dB", 1}};
    static constexpr std::array kLu{Same{"LU", 1}, Same{"dB", 1}};
    static constexpr std::array kTime{Same{"ms", 1}, Same{"msec", 1}, Same{"s", 1e3},
                                      Same{"sec", 1e3}, Same{"us", 1e-3}};
    static constexpr std::array kFrequency{Same{"Hz", 1}, Same{"kHz", 1e3}, Same{"k", 1e3}};
    static constexpr std::array kRatio{Same{":1", 1}, Same{": 1", 1}};
    static constexpr std::array kPercent{Same{"%", 1}, Same{"percent", 1}};
    static constexpr std::array kRate{Same{"dB/s", 1}, Same{"dB / s", 1}};
    static constexpr std::array kQuality{Same{"Q", 1}};
    switch (unit) {
    case Unit::none:
        return {};
    case Unit::db:
        return kDb;
    case Unit::dbfs:
    case Unit::dbtp:
        return kPeak;
    case Unit::lufs:
        return kLoudness;
    case Unit::lu:
        return kLu;
    case Unit::ms:
        return kTime;
    case Unit::hz:
        return kFrequency;
    case Unit::ratio:
        return kRatio;
    case Unit::percent:
        return kPercent;
    case Unit::db_per_s:
        return kRate;
    case Unit::quality:
        return kQuality;
    }
    return {};
}

/// Length of a number at the front, and a decimal comma in it as a point.
std::size_t take_number(std::string &text) {
    std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
    const auto digits = [&] {
        const std::size_t start = at;
        while (at < text.size() && is_digit(text[at]))
            ++at;
        return at - start;
    };
    std::size_t count = digits();
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
        text[at++] = '.';
        count += digits();
    }
    if (count == 0)
        return 0;
    const std::size_t mantissa = at;
    if (at < text.size() && lower(text[at]) == 'e') {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-'))
            ++at;
        if (digits() == 0)
            at = mantissa;
    }
    return at;
}

/// Whether a comma could separate thousands: "1,500" but not "0,125".
bool is_ambiguous(std::string_view number) {
    const std::size_t comma = number.find(',');
    if (comma == number.npos)
        return false;
    const std::string_view whole = number.substr(number.starts_with('-') ? 1 : 0);
    const std::size_t behind = number.substr(comma + 1).find_first_not_of("0123456789");
    return std::min(behind, number.size() - comma - 1) == 3 && !whole.starts_with('0') &&
           !whole.starts_with(',');
}

} // namespace

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string in_lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

Result<Quantity> read_quantity(std::string_view text) {
    std::string plain = in_ascii(text);
    plain = trimmed(plain);
    if (plain.starts_with('+'))
        plain.erase(0, 1);
    const std::string as_written = plain;
    const std::size_t length = take_number(plain);
    double number = 0.0;
    const auto [rest, error] = std::from_chars(plain.data(), plain.data() + length, number);
    if (length == 0 || error != std::errc() || rest != plain.data() + length ||
        !std::isfinite(number))
        return failure("it is no number");
    if (is_ambiguous(std::string_view(as_written).substr(0, length)))
        return failure("its comma may stand for a decimal point or for thousands",
                       "write a point, or leave the comma out");
    return Quantity{number, std::string(trimmed(std::string_view(plain).substr(length)))};
}

std::optional<double> in_unit(const Quantity &quantity, Unit unit) {
    if (quantity.unit.empty())
        return quantity.number;
    for (const Same &same : same_as(unit))
        if (equal_ignoring_case(quantity.unit, same.name))
            return quantity.number * same.factor;
    return std::nullopt;
}

std::vector<std::string_view> units_for(Unit unit) {
    std::vector<std::string_view> out;
    for (const Same &same : same_as(unit))
        out.push_back(same.name);
    return out;
}

std::optional<int> whole_number(std::string_view text) {
    int value = 0;
    const std::string_view word = trimmed(text);
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error != std::errc() || rest != word.data() + word.size())
        return std::nullopt;
    return value;
}

std::optional<bool> switch_from_text(std::string_view text) {
    const std::string_view word = trimmed(text);
    const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view known) {
            return equal_ignoring_case(word, known);
        });
    };
    if (is_one_of({"on", "yes", "true", "1"}))
        return true;
    if (is_one_of({"off", "no", "false", "0"}))
        return false;
    return std::nullopt;
}

} // namespace headroom
