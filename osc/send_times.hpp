// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/clock.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>

namespace headroom::osc {

/// When the packets of one peer were sent, by its own stamps: what came fastest of late shows how
/// the peer's clock stands, and everything else was longer on its way. The offset of the clocks
/// and the least time on the way are one number here, and need not be told apart.
class SendTimes {
  public:
    using Nanoseconds = std::chrono::nanoseconds;

    /// How long the fastest packet is remembered. Clocks drift 6 ms apart in it at 100 ppm.
    static constexpr std::chrono::seconds kWindow{60};
    /// No link holds a packet back so long: the peer's clock was set.
    static constexpr std::chrono::seconds kStep{10};

    /// When a packet that comes now was sent, on our clock; never later than now, and in the order
    /// of the stamps, although what is known of the peer's clock changes.
    TimePoint sent(Nanoseconds stamp, TimePoint now);

  private:
    static constexpr std::size_t kParts = 12;
    static constexpr Nanoseconds kNone = Nanoseconds::max();
    void move_on(TimePoint now);
    void restart(TimePoint now);

    std::array<Nanoseconds, kParts> least_{}; ///< offset in each part of the window
    std::int64_t part_ = std::numeric_limits<std::int64_t>::min(); ///< the newest, in parts
    Nanoseconds newest_stamp_{};
    TimePoint newest_sent_{}; ///< what was found for it
};

} // namespace headroom::osc
