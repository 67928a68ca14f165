// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace headroom {

/// What went wrong, where, and what to do about it. Shown to people as it stands.
struct Diagnostic {
    std::string message; ///< what was found and what was expected
    std::string file;    ///< empty where no file is concerned
    int line = 0;        ///< from 1; 0 where unknown
    int column = 0;      ///< from 1; 0 where unknown
    std::string remedy;  ///< what to do; may be empty

    /// "file:line:column: message (remedy)", without the parts that are not known.
    std::string text() const;
};

template <class T> using Result = tl::expected<T, Diagnostic>;

inline tl::unexpected<Diagnostic> failure(std::string message, std::string remedy = {}) {
    return tl::unexpected<Diagnostic>(
        Diagnostic{.message = std::move(message), .remedy = std::move(remedy)});
}

} // namespace headroom
