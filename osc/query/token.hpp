// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <string>
#include <string_view>

/// The word by which a web page from elsewhere shows that the user wants it to speak to headroom:
/// 128 random bits as 32 hexadecimal digits, in a file of the runtime folder that only the user
/// can read. All his headrooms share it. Not real-time safe.
namespace headroom::osc {

/// The token; made if there is none yet.
Result<std::string> web_token();

/// Replaces it: the old one is worth nothing from now on.
Result<std::string> new_web_token();

/// Whether it is the token. Takes the same time whichever digit is wrong.
bool is_web_token(std::string_view word);

} // namespace headroom::osc
