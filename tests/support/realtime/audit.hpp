// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/realtime/libc_guard.hpp"
#include "tests/support/realtime/syscall_dispatch.hpp"
#include "tests/support/realtime/violations.hpp"

namespace headroom::realtime {

/// Watches this thread with both guards while it lives.
class AuditScope {
    SyscallGuard kernel_; ///< first: its own system call is none of the audited code's
    LibcGuard libc_;
};

} // namespace headroom::realtime
