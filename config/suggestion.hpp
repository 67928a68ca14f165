// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace headroom {

/// "did you mean ceiling?" where one of the candidates is a near miss of the word (a few letters
/// wrong, missing, too many or swapped; capitals do not count), else "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// "a, b and c"; "" for an empty list.
std::string enumeration(std::span<const std::string> words);

} // namespace headroom
