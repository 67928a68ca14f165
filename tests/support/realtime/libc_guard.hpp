// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom::realtime {

/// While it lives, every call by this thread that may allocate, lock, wait, throw or do input or
/// output through the C library is recorded as a violation, and then done.
///
/// Works by defining these functions in the executable, before the C library's own: no LD_PRELOAD
/// is needed, but it cannot be combined with sanitizers, which do the same. Blind to what the
/// library calls inside itself (SyscallGuard sees that where it reaches the kernel).
class LibcGuard {
  public:
    LibcGuard() noexcept { enter(); }
    ~LibcGuard() { leave(); }
    LibcGuard(const LibcGuard &) = delete;
    LibcGuard &operator=(const LibcGuard &) = delete;

    /// By hand; may be nested.
    static void enter() noexcept;
    static void leave() noexcept;
};

} // namespace headroom::realtime
