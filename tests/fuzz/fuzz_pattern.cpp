// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <cstdlib>

using headroom::osc::Pattern;

/// A line with a pattern, and an address behind it: bounded work, whatever they are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto line = std::min(text.find('\n'), text.size());
    const auto pattern = Pattern::compile(text.substr(0, line));
    if (!pattern)
        return 0;
    const std::string_view address = text.substr(std::min(line + 1, text.size()));
    std::uint64_t steps = 0;
    const bool matches = pattern->matches(address, false, steps);
    if (steps > (address.size() + 1) * Pattern::kPositions)
        std::abort();
    if (matches && !pattern->covers(address))
        std::abort();
    if (!Pattern::is_pattern(text.substr(0, line)) && matches != (text.substr(0, line) == address))
        std::abort();
    return 0;
}
