// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

enum class Unit : std::uint8_t {
    none,
    db,
    dbfs,
    dbtp,
    lufs,
    lu,
    ms,
    hz,
    ratio,
    percent,
    db_per_s,
    quality, ///< of a resonance: Q
};

enum class Scale : std::uint8_t { linear, logarithmic, boolean, choice };

/// Where a parameter lives: once for the whole program, or once in every bus or strip.
enum class Scope : std::uint8_t { global, bus, strip };

/// One parameter as the registry declares it. Values are floats in natural units everywhere;
/// a boolean is 0 or 1, a choice the index of its symbol.
struct Parameter {
    std::string_view path; ///< below its scope: "limiter/ceiling"
    std::string_view label;
    Scope scope = Scope::bus;
    Unit unit = Unit::none;
    Scale scale = Scale::linear;
    float minimum = 0.0f;
    float default_value = 0.0f;
    float maximum = 1.0f;
    float smoothing_ms = 0.0f; ///< time constant on the 32-frame grid; 0 takes the value at once
    bool structural = false;   ///< a change rebuilds the chain and may change the latency
    std::string_view choices;  ///< symbols of a choice, "low|normal|quality"
    std::string_view documentation;
};

/// Made at compile time by parameter_id("limiter/ceiling") or strip_parameter_id("trim").
struct ParameterId {
    std::uint16_t index = 0;
    auto operator<=>(const ParameterId &) const = default;
};

/// Which of several readings of a meter stands for all of them.
enum class Hold : std::uint8_t { newest, highest, lowest };

/// A value that the engine measures and everyone may read.
struct Meter {
    std::string_view path; ///< below a bus or strip: "input/momentary"
    std::string_view label;
    Unit unit = Unit::none;
    float floor = -120.0f; ///< reads this where nothing is measured
    float ceiling = 0.0f;  ///< top of a display
    Hold hold = Hold::newest;
    std::string_view documentation;
};

/// Made at compile time by meter_id("input/momentary") or strip_meter_id("peak").
struct MeterId {
    std::uint16_t index = 0;
    auto operator<=>(const MeterId &) const = default;
};

/// "dB", "LUFS", "ms", ... or "" for Unit::none.
std::string_view symbol(Unit unit);

/// The nearest allowed value: inside the bounds, booleans 0 or 1, choices whole.
float clamped(const Parameter &parameter, float value);

/// 0..1 along the parameter's scale.
float to_normalised(const Parameter &parameter, float value);
float from_normalised(const Parameter &parameter, float normalised);

/// The value as people read it: "-1.0 dBTP", "on", "normal".
std::string to_text(const Parameter &parameter, float value);
std::string to_text(const Meter &meter, float value);

/// As to_text, but a number with the fewest digits that are this float, and without its unit.
std::string to_exact_text(const Parameter &parameter, float value);

/// What a value may be, for a message: "a number from -20.0 to 0.0 dBTP, such as -1.0 dBTP",
/// "on or off".
std::string expected_values(const Parameter &parameter);

/// Reads what a person or a script may write, by the grammar of value_text.hpp: "-1", "-1,5 dB",
/// "0.1 s", "on", "Yes", "Normal". The value is not clamped; text that is no value of this
/// parameter is a failure.
Result<float> from_text(const Parameter &parameter, std::string_view text);

/// Symbols of a choice, in order; empty for every other scale.
std::vector<std::string_view> choices(const Parameter &parameter);

} // namespace headroom
