// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/realtime/syscall_dispatch.hpp"

#if defined(__linux__) && defined(__x86_64__)

#include "tests/support/realtime/violations.hpp"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif

// Returns from the signal handler. The one place from which system calls are always let through:
// when it runs, the thread is being watched again.
extern "C" void headroom_signal_restorer();
asm(".text\n"
    ".balign 64\n"
    ".globl headroom_signal_restorer\n"
    ".type headroom_signal_restorer, @function\n"
    "headroom_signal_restorer:\n"
    "    mov $15, %eax\n" // rt_sigreturn
    "    syscall\n"
    "    hlt\n"
    ".balign 64\n");

namespace headroom::realtime {

namespace {

constexpr unsigned long kRestorerBytes = 64;

enum Selector : char { kAllow = 0, kBlock = 1 }; ///< as the kernel reads it

__attribute__((tls_model("initial-exec"))) thread_local volatile char selector = kAllow;
__attribute__((tls_model("initial-exec"))) thread_local int depth = 0;
__attribute__((tls_model("initial-exec"))) thread_local bool attached = false;

void on_system_call(int, siginfo_t *info, void *context) {
    selector = kAllow;
    const int saved_errno = errno;
    record_kernel(info->si_syscall);
    auto *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
    const long result =
        syscall(info->si_syscall, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                registers[REG_R10], registers[REG_R8], registers[REG_R9]);
    registers[REG_RAX] = result == -1 ? -errno : result;
    errno = saved_errno;
    selector = kBlock;
}

/// The kernel's own struct sigaction: the C library would put its own restorer in.
struct KernelAction {
    void (*handler)(int, siginfo_t *, void *);
    unsigned long flags;
    void (*restorer)();
    unsigned long mask;
};

bool attach_thread() noexcept {
    return prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON,
                 reinterpret_cast<unsigned long>(&headroom_signal_restorer), kRestorerBytes,
                 &selector) == 0;
}

bool install_handler() noexcept {
    constexpr unsigned long kRestorerGiven = 0x04000000; // SA_RESTORER
    prepare_recording();
    const KernelAction action{on_system_call, SA_SIGINFO | SA_NODEFER | kRestorerGiven,
                              headroom_signal_restorer, 0};
    return syscall(SYS_rt_sigaction, SIGSYS, &action, nullptr, sizeof action.mask) == 0;
}

} // namespace

bool syscall_dispatch_available() noexcept {
    static const bool available = install_handler() && attach_thread();
    return available;
}

void SyscallGuard::enter() noexcept {
    if (!attached)
        attached = syscall_dispatch_available() && attach_thread();
    if (++depth == 1 && attached)
        selector = kBlock;
}

void SyscallGuard::leave() noexcept {
    if (--depth == 0)
        selector = kAllow;
}

} // namespace headroom::realtime

#else

namespace headroom::realtime {

bool syscall_dispatch_available() noexcept {
    return false;
}

void SyscallGuard::enter() noexcept {}

void SyscallGuard::leave() noexcept {}

} // namespace headroom::realtime

#endif
