// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom::app {

/// As std::printf() prints, cut at 511 characters.
[[gnu::format(printf, 1, 2)]] std::string format(const char *pattern, ...);

/// A level or a change of it in dB, to a tenth; silence is "-inf".
std::string decibels(double value_db);

/// A level or a change of it in dB, six columns wide.
std::string level_text(float value_db);

} // namespace headroom::app
