// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom::realtime {

/// Whether this kernel can hand system calls back to the program (Linux 5.11 or later, x86-64).
/// Installs the handler on the first call.
bool syscall_dispatch_available() noexcept;

/// While it lives, every system call of this thread is recorded as a violation, and then done.
/// Does nothing where the kernel lacks syscall user dispatch. Blind to what needs no system call:
/// the clock, page faults, memory that the allocator has at hand.
///
/// The first one in a thread makes a system call itself, before it begins to watch.
class SyscallGuard {
  public:
    SyscallGuard() noexcept { enter(); }
    ~SyscallGuard() { leave(); }
    SyscallGuard(const SyscallGuard &) = delete;
    SyscallGuard &operator=(const SyscallGuard &) = delete;

    /// By hand; may be nested.
    static void enter() noexcept;
    static void leave() noexcept;
};

} // namespace headroom::realtime
