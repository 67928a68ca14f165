// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace headroom::jack {

/// Room on the stack that the process thread touches before it starts, so that no page fault
/// delays a callback.
inline constexpr std::size_t kPrefaultBytes = 65536;

/// To be called once by that thread. Not real-time safe.
inline void prefault_stack() noexcept {
    volatile char stack[kPrefaultBytes];
    for (std::size_t i = 0; i < sizeof stack; i += 1024)
        stack[i] = 0;
}

} // namespace headroom::jack
