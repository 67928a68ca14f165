// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <string>

namespace headroom {

/// What others than the user may read of a mistake: in a file of his, where it is, but never what
/// stands there.
std::string public_text(const Diagnostic &diagnostic);

} // namespace headroom
