// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

namespace headroom::engine {

/// When the frames of the stream are due, as the newest callback knew it.
struct StreamTime {
    using TimePoint = std::chrono::steady_clock::time_point;

    /// A stream without callbacks for longer stands still.
    static constexpr std::chrono::seconds kPatience{1};

    std::uint64_t frame = 0;      ///< first of the newest callback
    TimePoint time;               ///< at which the server began that cycle
    std::uint64_t open_frame = 0; ///< the first that changes handed over now are sure to reach
    double rate_hz = 48000.0;

    bool is_running(TimePoint now) const { return now - time < kPatience; }

    /// Nearest to the moment; 0 for one before the stream.
    std::uint64_t frame_at(TimePoint moment) const {
        const double seconds = std::chrono::duration<double>(moment - time).count();
        const auto frames = static_cast<std::int64_t>(std::llround(seconds * rate_hz));
        const auto here = static_cast<std::int64_t>(frame);
        return frames < -here ? 0 : static_cast<std::uint64_t>(here + frames);
    }

    TimePoint time_of(std::uint64_t other) const {
        const double frames = static_cast<double>(static_cast<std::int64_t>(other - frame));
        return time + std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::duration<double>(frames / rate_hz));
    }

    /// Between the frame and the first that is still open; negative where it is too late for it.
    double margin_ms(std::uint64_t other) const {
        return 1e3 * static_cast<double>(static_cast<std::int64_t>(other - open_frame)) / rate_hz;
    }
};

} // namespace headroom::engine
