// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace headroom::engine {

/// Numbers too small for full precision count as zero while this object lives, so that a signal
/// that fades away costs no more than one that plays. Puts the thread's setting back at the end.
/// Real-time safe. Does nothing on processors other than x86 and 64-bit ARM.
class FlushToZero {
  public:
    FlushToZero() noexcept : saved_(control()) { set_control(saved_ | kFlush); }
    ~FlushToZero() { set_control(saved_); }
    FlushToZero(const FlushToZero &) = delete;
    FlushToZero &operator=(const FlushToZero &) = delete;

  private:
#if defined(__SSE__)
    using Control = unsigned int;
    static constexpr Control kFlush = 0x8040; ///< MXCSR: flush to zero, denormals are zero
    static Control control() noexcept {
        return _mm_getcsr();
    }
    static void set_control(Control value) noexcept {
        _mm_setcsr(value);
    }
#elif defined(__aarch64__)
    using Control = std::uint64_t;
    static constexpr Control kFlush = Control{1} << 24; ///< FPCR.FZ
    static Control control() noexcept {
        Control value;
        asm volatile("mrs %0, fpcr" : "=r"(value));
        return value;
    }
    static void set_control(Control value) noexcept {
        asm volatile("msr fpcr, %0" ::"r"(value));
    }
#else
    using Control = unsigned int;
    static constexpr Control kFlush = 0;
    static Control control() noexcept {
        return 0;
    }
    static void set_control(Control) noexcept {}
#endif

    Control saved_;
};

} // namespace headroom::engine
