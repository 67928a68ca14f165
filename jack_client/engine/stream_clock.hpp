// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/stream_time.hpp"

#include <atomic>
#include <optional>

namespace headroom::engine {

/// Lets every thread know when frames are due. Written by the process thread.
class StreamClock {
  public:
    /// Before the callback takes in changes: `time` is when the server began the cycle whose first
    /// frame of `frames` is `frame`. ParameterFeed orders this against changes that are handed over
    /// meanwhile: the callback takes them in, or whoever handed them over reads this. Real-time
    /// safe.
    void begin(std::uint64_t frame, std::uint32_t frames, StreamTime::TimePoint time) noexcept {
        const std::uint32_t version = version_.load(std::memory_order_relaxed);
        version_.store(version + 1, std::memory_order_relaxed);
        frame_.store(frame, std::memory_order_release);
        time_.store(time, std::memory_order_release);
        version_.store(version + 2, std::memory_order_release);
        open_frame_.store(frame + frames, std::memory_order_relaxed);
    }

    /// Nothing before the first callback. Any thread.
    std::optional<StreamTime> read(double rate_hz) const noexcept {
        for (;;) {
            const std::uint32_t version = version_.load(std::memory_order_acquire);
            const StreamTime out{.frame = frame_.load(std::memory_order_acquire),
                                 .time = time_.load(std::memory_order_acquire),
                                 .open_frame = open_frame_.load(std::memory_order_relaxed),
                                 .rate_hz = rate_hz};
            if (version == 0)
                return std::nullopt;
            if (version % 2 == 0 && version == version_.load(std::memory_order_relaxed))
                return out;
        }
    }

  private:
    std::atomic<std::uint32_t> version_{0}; ///< odd while frame and time are being written
    std::atomic<std::uint64_t> frame_{0};
    std::atomic<StreamTime::TimePoint> time_{StreamTime::TimePoint{}};
    std::atomic<std::uint64_t> open_frame_{0};
};

static_assert(std::atomic<StreamTime::TimePoint>::is_always_lock_free);

} // namespace headroom::engine
