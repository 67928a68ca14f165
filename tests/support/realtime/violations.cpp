// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/realtime/violations.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <execinfo.h>
#include <unistd.h>

namespace headroom::realtime {

namespace {

constexpr int kKept = 64; ///< violations beyond are counted only

std::array<Violation, kKept> kept;
std::atomic<int> libc_count{0};
std::atomic<int> kernel_count{0};

void record(Violation violation) noexcept {
    std::atomic<int> &own = violation.layer == Violation::Layer::libc ? libc_count : kernel_count;
    const int place = libc_count.load() + kernel_count.load();
    own.fetch_add(1);
    if (place >= kKept)
        return;
    violation.depth = backtrace(violation.frames.data(), static_cast<int>(violation.frames.size()));
    kept[static_cast<std::size_t>(place)] = violation;
}

std::string describe(const Violation &violation) {
    if (violation.layer == Violation::Layer::libc)
        return violation.function;
    return "system call " + std::to_string(violation.system_call);
}

int kept_count() noexcept {
    return std::min(violation_count(), kKept);
}

} // namespace

void record_libc(const char *function) noexcept {
    record({.layer = Violation::Layer::libc, .function = function});
}

void record_kernel(long system_call) noexcept {
    record({.layer = Violation::Layer::kernel, .system_call = system_call});
}

void prepare_recording() noexcept {
    // The first backtrace loads a library.
    std::array<void *, 4> frames{};
    backtrace(frames.data(), static_cast<int>(frames.size()));
}

int violation_count() noexcept {
    return libc_count.load() + kernel_count.load();
}

int violation_count(Violation::Layer layer) noexcept {
    return layer == Violation::Layer::libc ? libc_count.load() : kernel_count.load();
}

std::string first_violation(Violation::Layer layer) {
    for (int i = 0; i < kept_count(); ++i)
        if (kept[static_cast<std::size_t>(i)].layer == layer)
            return describe(kept[static_cast<std::size_t>(i)]);
    return {};
}

void reset_violations() noexcept {
    libc_count = 0;
    kernel_count = 0;
}

void report_violations() {
    for (int i = 0; i < kept_count(); ++i) {
        const Violation &violation = kept[static_cast<std::size_t>(i)];
        std::fprintf(stderr, "not real-time safe: %s\n", describe(violation).c_str());
        backtrace_symbols_fd(violation.frames.data(), violation.depth, STDERR_FILENO);
    }
}

} // namespace headroom::realtime
