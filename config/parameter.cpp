// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/parameter.hpp"

#include "config/registry.hpp"
#include "config/suggestion.hpp"
#include "config/value_text.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace headroom {

namespace {

std::string number_text(Unit unit, double value) {
    const double magnitude = std::fabs(value);
    int decimals = magnitude < 10.0 ? 2 : magnitude < 1000.0 ? 1 : 0;
    if (unit == Unit::db || unit == Unit::dbfs || unit == Unit::dbtp || unit == Unit::lufs ||
        unit == Unit::lu)
        decimals = 1;
    if (unit == Unit::none)
        decimals = 0;
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
    std::string out = buffer;
    if (out.find_first_not_of("-0.") == out.npos && out.front() == '-')
        out.erase(0, 1);
    return out;
}

/// "24 dB" is the choice "24dB".
std::string without_spaces(std::string_view text) {
    std::string out(text);
    std::erase(out, ' ');
    return out;
}

std::string with_unit(Unit unit, double value) {
    const std::string number = number_text(unit, value);
    if (unit == Unit::ratio)
        return number + ":1";
    const std::string_view name = symbol(unit);
    return name.empty() ? number : number + " " + std::string(name);
}

} // namespace

std::string_view symbol(Unit unit) {
    switch (unit) {
    case Unit::none:
    case Unit::quality:
        return "";
    case Unit::db:
        return "dB";
    case Unit::dbfs:
        return "dBFS";
    case Unit::dbtp:
        return "dBTP";
    case Unit::lufs:
        return "LUFS";
    case Unit::lu:
        return "LU";
    case Unit::ms:
        return "ms";
    case Unit::hz:
        return "Hz";
    case Unit::ratio:
        return ":1";
    case Unit::percent:
        return "%";
    case Unit::db_per_s:
        return "dB/s";
    }
    return "";
}

float clamped(const Parameter &parameter, float value) {
    if (std::isnan(value))
        return parameter.default_value;
    if (parameter.scale == Scale::boolean)
        return value != 0.0f ? 1.0f : 0.0f;
    if (parameter.scale == Scale::choice)
        value = std::round(value);
    return std::clamp(value, parameter.minimum, parameter.maximum);
}

float to_normalised(const Parameter &parameter, float value) {
    const float bounded = clamped(parameter, value);
    if (parameter.scale == Scale::logarithmic)
        return std::log(bounded / parameter.minimum) /
               std::log(parameter.maximum / parameter.minimum);
    return (bounded - parameter.minimum) / (parameter.maximum - parameter.minimum);
}

float from_normalised(const Parameter &parameter, float normalised) {
    const float x = std::isnan(normalised) ? 0.0f : std::clamp(normalised, 0.0f, 1.0f);
    if (parameter.scale == Scale::boolean)
        return x >= 0.5f ? 1.0f : 0.0f;
    if (parameter.scale == Scale::logarithmic)
        return clamped(parameter,
                       parameter.minimum * std::pow(parameter.maximum / parameter.minimum, x));
    return clamped(parameter, parameter.minimum + (parameter.maximum - parameter.minimum) * x);
}

std::string to_text(const Parameter &parameter, float value) {
    if (parameter.scale == Scale::boolean)
        return value != 0.0f ? "on" : "off";
    if (parameter.scale == Scale::choice) {
        const auto symbols = choices(parameter);
        return std::string(symbols[static_cast<std::size_t>(clamped(parameter, value))]);
    }
    return with_unit(parameter.unit, static_cast<double>(value));
}

std::string to_exact_text(const Parameter &parameter, float value) {
    if (parameter.scale == Scale::boolean || parameter.scale == Scale::choice)
        return to_text(parameter, value);
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

std::string to_text(const Meter &meter, float value) {
    if (meter.floor < 0.0f && value <= meter.floor)
        return "-inf " + std::string(symbol(meter.unit));
    return with_unit(meter.unit, static_cast<double>(value));
}

Result<float> from_text(const Parameter &parameter, std::string_view text) {
    const auto refuse = [&](const std::string &why = {}, std::string remedy = {}) {
        return failure(in_quotes(text) + " is no value of " + std::string(parameter.path) +
                           (why.empty() ? "" : ", since " + why) + ": expected " +
                           expected_values(parameter),
                       std::move(remedy));
    };
    if (parameter.scale == Scale::boolean) {
        const auto is_on = switch_from_text(text);
        return is_on ? Result<float>(*is_on ? 1.0f : 0.0f) : refuse();
    }
    if (parameter.scale == Scale::choice) {
        const auto symbols = choices(parameter);
        const std::string word = without_spaces(text);
        for (std::size_t i = 0; i < symbols.size(); ++i)
            if (equal_ignoring_case(word, symbols[i]))
                return static_cast<float>(i);
        const auto index = whole_number(text);
        if (!index || *index < 0 || *index >= static_cast<int>(symbols.size()))
            return refuse(
                {}, did_you_mean(word, std::vector<std::string>(symbols.begin(), symbols.end())));
        return static_cast<float>(*index);
    }
    const auto quantity = read_quantity(text);
    if (!quantity)
        return refuse(quantity.error().remedy.empty() ? "" : quantity.error().message,
                      quantity.error().remedy);
    const auto value = in_unit(*quantity, parameter.unit);
    if (!value)
        return refuse("its unit is " + in_quotes(quantity->unit));
    const auto out = static_cast<float>(*value);
    return std::isfinite(out) ? Result<float>(out) : refuse();
}

std::string expected_values(const Parameter &parameter) {
    if (parameter.scale == Scale::boolean)
        return "on or off";
    if (parameter.scale == Scale::choice) {
        std::string out = "one of";
        for (std::string_view choice : choices(parameter))
            out += " " + std::string(choice);
        return out;
    }
    return "a number from " + number_text(parameter.unit, static_cast<double>(parameter.minimum)) +
           " to " + to_text(parameter, parameter.maximum) + ", such as " +
           to_text(parameter, parameter.default_value);
}

std::vector<std::string_view> choices(const Parameter &parameter) {
    std::vector<std::string_view> out;
    std::string_view rest = parameter.choices;
    while (!rest.empty()) {
        const auto bar = rest.find('|');
        out.push_back(rest.substr(0, bar));
        rest = bar == rest.npos ? std::string_view() : rest.substr(bar + 1);
    }
    return out;
}

} // namespace headroom
