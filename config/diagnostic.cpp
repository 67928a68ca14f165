// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/diagnostic.hpp"

namespace headroom {

std::string Diagnostic::text() const {
    std::string out;
    if (!file.empty()) {
        out += file + ":";
        if (line > 0)
            out += std::to_string(line) + ":";
        if (line > 0 && column > 0)
            out += std::to_string(column) + ":";
        out += " ";
    }
    out += message;
    if (!remedy.empty())
        out += " (" + remedy + ")";
    return out;
}

} // namespace headroom
