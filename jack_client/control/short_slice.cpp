// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/short_slice.hpp"

#include <cstdint>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace headroom::control {

namespace {

/// struct sched_attr, which not every libc has.
struct Scheduling {
    std::uint32_t size = sizeof(Scheduling);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

} // namespace

void request_short_slice() {
    constexpr std::uint64_t kSlice_ns = 100'000; // the shortest that Linux grants
    Scheduling scheduling;
    if (::syscall(SYS_sched_getattr, 0, &scheduling, sizeof scheduling, 0) != 0 ||
        scheduling.policy != SCHED_OTHER)
        return;
    scheduling.runtime_ns = kSlice_ns;
    ::syscall(SYS_sched_setattr, 0, &scheduling, 0);
}

} // namespace headroom::control
