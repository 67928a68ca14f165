// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom::engine {

/// Marks the calling thread as one that must not block while this object lives. Empty, except in
/// programs built with HEADROOM_RT_AUDIT: there the real-time auditor, which is linked in, defines
/// both functions and reports every system call and every blocking call made meanwhile.
/// May be nested.
class ProcessScope {
  public:
#ifdef HEADROOM_RT_AUDIT
    ProcessScope() noexcept;
    ~ProcessScope();
#else
    ProcessScope() noexcept {} // NOLINT(modernize-use-equals-default): no unused-variable warnings
#endif
    ProcessScope(const ProcessScope &) = delete;
    ProcessScope &operator=(const ProcessScope &) = delete;
};

} // namespace headroom::engine
