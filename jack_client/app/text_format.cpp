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

std::string level_text(float value_db) {
    if (value_db <= -120.0f)
        return "  -inf";
    const float bounded_db = std::clamp(value_db, -999.0f, 999.0f);
    return format("%6.1f", std::fabs(bounded_db) < 0.05f ? 0.0 : static_cast<double>(bounded_db));
}

} // namespace headroom::app
