// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/public_text.hpp"

#include <filesystem>

namespace headroom {

std::string public_text(const Diagnostic &diagnostic) {
    if (diagnostic.file.empty() || diagnostic.line == 0)
        return diagnostic.text();
    const std::filesystem::path file(diagnostic.file);
    return "there is a mistake in line " + std::to_string(diagnostic.line) + " of " +
           file.filename().string() + " (\"headroom check\" says which)";
}

} // namespace headroom
