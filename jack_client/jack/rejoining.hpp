// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace headroom::jack {

/// When a client that is not called should be opened anew, because the server goes on without it.
/// JACK2 has two causes: a program that hangs in front of the client, and libjack itself, which
/// takes late news of a client that has ended for news of the one that has its number now. One
/// thread.
class Rejoining {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// How long the server goes on before the first time; twice as long before each further one.
    static constexpr std::chrono::milliseconds kFirst{2000};
    static constexpr std::chrono::milliseconds kLongest{60000};

    /// The client is called.
    void rest(TimePoint now) {
        since_.reset();
        if (now - last_ >= kLongest)
            wait_ = kFirst;
    }

    /// The client is not called. server_frame: of the beginning of the server's newest cycle.
    bool is_due(std::uint32_t server_frame, TimePoint now) {
        if (!since_)
            since_ = moved_ = now;
        else if (server_frame != server_frame_)
            moved_ = now;
        server_frame_ = server_frame;
        // A server that stands still would not answer either.
        if (now - moved_ >= kStandstill)
            since_ = now;
        if (now - *since_ < wait_)
            return false;
        since_.reset();
        last_ = now;
        wait_ = std::min(2 * wait_, kLongest);
        return true;
    }

  private:
    static constexpr std::chrono::milliseconds kStandstill{1500};

    std::uint32_t server_frame_ = 0;
    TimePoint moved_{};              ///< when that was another one
    std::optional<TimePoint> since_; ///< the server goes on without the client
    TimePoint last_{};
    std::chrono::milliseconds wait_ = kFirst;
};

} // namespace headroom::jack
