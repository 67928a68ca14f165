// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace headroom::jack {

/// Tells whether the process callback is still being called. One thread.
class Watchdog {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Without callbacks for this long the engine is unhealthy.
    static constexpr std::chrono::milliseconds kPatience{2000};

    /// Callbacks are counted anew, and the first has this long to come.
    void restart(TimePoint now) {
        since_ = now;
        healthy_ = true;
    }

    /// Takes in how many callbacks there have been.
    void look(std::uint64_t callbacks, TimePoint now) {
        if (callbacks != callbacks_)
            since_ = now;
        callbacks_ = callbacks;
        healthy_ = now - since_ < kPatience;
    }

    bool is_healthy() const { return healthy_; }

  private:
    std::uint64_t callbacks_ = 0;
    TimePoint since_{};
    bool healthy_ = true;
};

} // namespace headroom::jack
