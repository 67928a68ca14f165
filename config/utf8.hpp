// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace headroom {

/// Length of the UTF-8 sequence at the front of the text; 0 if there is none.
std::size_t utf8_length(std::string_view text);

} // namespace headroom
