// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string>

namespace headroom::realtime {

/// A call that has no place in the process thread, and where it came from.
struct Violation {
    enum class Layer { libc, kernel };

    Layer layer = Layer::libc;
    const char *function = nullptr; ///< Layer::libc: its name
    long system_call = -1;          ///< Layer::kernel: its number
    std::array<void *, 24> frames{};
    int depth = 0;
};

/// Notes a violation by the calling thread. Safe in a signal handler once prepare_recording() has
/// run.
void record_libc(const char *function) noexcept;
void record_kernel(long system_call) noexcept;
void prepare_recording() noexcept;

/// Since the last reset, over all threads.
int violation_count() noexcept;
int violation_count(Violation::Layer layer) noexcept;
/// What the first violation of a layer was: "malloc", "system call 39"; empty for none.
std::string first_violation(Violation::Layer layer);
void reset_violations() noexcept;

/// Writes every violation with its call stack to standard error.
void report_violations();

} // namespace headroom::realtime
