// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/process_scope.hpp"

#ifdef HEADROOM_RT_AUDIT

#include "tests/support/realtime/audit.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace headroom::engine {

namespace {

constexpr int kExitCode = 86; ///< of a program that would otherwise have ended well

std::atomic<long> scopes{0};

/// Says at the end of the program what was found.
struct Verdict {
    ~Verdict() {
        std::fprintf(stderr, "real-time audit: %ld callbacks, %d libc and %d kernel violations%s\n",
                     scopes.load(), realtime::violation_count(realtime::Violation::Layer::libc),
                     realtime::violation_count(realtime::Violation::Layer::kernel),
                     realtime::syscall_dispatch_available()
                         ? ""
                         : " (this kernel cannot watch system calls)");
        realtime::report_violations();
        if (realtime::violation_count() > 0)
            std::_Exit(kExitCode);
    }
} verdict;

} // namespace

ProcessScope::ProcessScope() noexcept {
    scopes.fetch_add(1, std::memory_order_relaxed);
    realtime::SyscallGuard::enter(); // first: may make a system call of its own
    realtime::LibcGuard::enter();
}

ProcessScope::~ProcessScope() {
    realtime::LibcGuard::leave();
    realtime::SyscallGuard::leave();
}

} // namespace headroom::engine

#endif
