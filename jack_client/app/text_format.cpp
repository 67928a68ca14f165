// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/text_format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace headroom::app {

std::string format(const char *pattern, ...) {
    std::array<char, 512> buffer{};
    std::va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(buffer.data(), buffer.size(), pattern, arguments);
    va_end(arguments);
    return buffer.data();
}

std::string decibels(double value_db) {
    if (!(value_db > -120.0))
        return "-inf";
    const double bounded_db = std::min(value_db, 999.0);
    return format("%.1f", std::fabs(bounded_db) < 0.05 ? 0.0 : bounded_db);
}

std::string level_text(float value_db) {
    return format("%6s", decibels(static_cast<double>(value_db)).c_str());
}

} // namespace headroom::app
