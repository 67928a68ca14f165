// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "config/parameter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How people write values: one grammar for profiles, the command line, OSC text, maps of
/// controllers and automation files. It is the same in every locale.
namespace headroom {

/// A number, and the unit that stands behind it: "-1 dB", "+3", "1.5kHz", "0,1 s", with a Unicode
/// minus or a space that does not break if need be. Not a finite number, or anything else: a
/// failure that says why. A comma is a decimal comma; with exactly three digits behind it, it might
/// separate thousands, and is refused.
struct Quantity {
    double number = 0.0;
    std::string unit;
};
Result<Quantity> read_quantity(std::string_view text);

/// The number in a unit: 100 for "0.1 s" in ms, -1 for "-1 dB" in dBTP. Nothing for a unit that
/// says something else.
std::optional<double> in_unit(const Quantity &quantity, Unit unit);

/// The units that in_unit() takes, in the spelling that is common.
std::vector<std::string_view> units_for(Unit unit);

/// A whole number without a unit.
std::optional<int> whole_number(std::string_view text);

/// on, yes, true or 1; off, no, false or 0; in capitals or not.
std::optional<bool> switch_from_text(std::string_view text);

/// Without the white space at both ends.
std::string_view trimmed(std::string_view text);

/// Both for ASCII letters only.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string in_lower_case(std::string_view text);

} // namespace headroom
