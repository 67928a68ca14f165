// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/wire/packet.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace headroom::osc {

using TimePoint = std::chrono::steady_clock::time_point;

/// From one NTP time to another; negative where the second is the earlier one.
std::chrono::nanoseconds ntp_between(std::uint64_t from, std::uint64_t to);
std::uint64_t ntp_plus(std::uint64_t time, std::chrono::nanoseconds later);
/// What the machine's clock says, as NTP counts: seconds since 1900 and their binary fraction.
std::uint64_t ntp_now();

/// Brings time tags onto the clock that is never set. The machine's clock is read anew for every
/// tag, so a tag means what that clock says when it comes, and what was once brought over stays
/// where it is. Belongs to the control thread.
class Clock {
  public:
    using Steady = std::function<TimePoint()>;
    using Wall = std::function<std::uint64_t()>;

    explicit Clock(Steady steady = std::chrono::steady_clock::now, Wall wall = ntp_now);

    /// When a tag on the machine's clock is due.
    TimePoint due(TimeTag tag) const;

    /// The clock that went as the machine's when this began, and is never set.
    std::uint64_t own(TimePoint now) const;
    TimePoint due_on_own(TimeTag tag) const;

  private:
    /// Both clocks at one moment.
    struct Reading {
        TimePoint steady;
        std::uint64_t wall;
    };
    Reading read() const;

    Steady steady_;
    Wall wall_;
    Reading start_;
};

} // namespace headroom::osc
