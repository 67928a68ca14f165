// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/engine.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace headroom::engine {

/// Takes the time of every callback. Written by the process thread, read by any.
class CallbackClock {
  public:
    // Process thread, real-time safe ------------------------------------------------------------
    void begin() noexcept;
    std::chrono::steady_clock::time_point begun() const noexcept { return begun_; }
    /// `frame` is the first of the `frames` that the callback was for.
    void end(std::uint64_t frame, std::uint32_t frames, double sample_rate_hz) noexcept;

    // Any thread --------------------------------------------------------------------------------
    CallbackTiming read() const noexcept;
    void reset() noexcept; ///< while there are no callbacks

  private:
    std::chrono::steady_clock::time_point begun_;
    std::atomic<std::uint64_t> callbacks_{0};
    std::atomic<std::int64_t> total_ns_{0};
    std::atomic<std::int64_t> max_ns_{0};
    std::atomic<std::uint64_t> spikes_{0};
    std::atomic<std::uint64_t> spike_frame_{0};
};

} // namespace headroom::engine
