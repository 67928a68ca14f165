// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/wire/packet.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace headroom::osc {

/// A time of the clock of this process that is never set, as a time tag.
TimeTag time_tag(std::chrono::steady_clock::time_point time);

/// How far ahead timed sets are sent: up at once by the deficit of a late landing, down slowly
/// while reports show slack.
class Lead {
  public:
    using Duration = std::chrono::steady_clock::duration;

    static constexpr Duration kFirst = std::chrono::milliseconds(100);
    static constexpr Duration kLeast = std::chrono::milliseconds(20);
    static constexpr Duration kMost = std::chrono::seconds(3);
    static constexpr Duration kSpare = std::chrono::milliseconds(20); ///< slack that is kept

    Duration value() const { return value_; }

    /// Takes in a /headroom/landed; false where the message is something else.
    bool report(const Message &message);

  private:
    Duration value_ = kFirst;
};

/// The server's clock against our own, from questions and answers of /headroom/clock. The answer
/// that was fastest on its way counts, for a minute.
class ServerClock {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    Message question(TimePoint now) const;
    /// Takes in an answer; false where the message is something else.
    bool answer(const Message &message, TimePoint now);

    bool is_known() const { return best_.has_value(); }
    /// A time of our own as a time tag of the server; before any answer of this machine's clock.
    TimeTag at(TimePoint time) const;

  private:
    struct Sample {
        std::int64_t offset_ns;     ///< server minus own
        std::int64_t on_the_way_ns; ///< there and back
        TimePoint taken;
    };
    std::optional<Sample> best_;
};

} // namespace headroom::osc
