// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/client/timing.hpp"
#include "osc/wire/packet.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace headroom::osc {

/// Bundles for later, a lead ahead on the server's clock, until the server has said that it got
/// them. What seems lost goes out again, byte for byte, under the number by which the server takes
/// it once only, and with the stamp of its first sending, so that one that comes too late loses to
/// newer values.
class TimedSets {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t kMost = 256; ///< that are followed, fewer than the server knows
    static constexpr std::chrono::seconds kAfter{5}; ///< its time a bundle is given up
    static constexpr std::chrono::seconds kClockEach{1};

    /// Where nothing is ever lost, nothing is sent again.
    explicit TimedSets(bool is_lossy) : is_lossy_(is_lossy) {}

    /// From now on the server's clock is asked for. False where it is already.
    bool begin() { return !std::exchange(has_begun_, true); }
    bool knows_clock() const { return clock_.is_known(); }
    Lead::Duration lead() const { return lead_.value(); }

    /// The packet with the values, to be sent now. They hold after those of the packet before.
    std::vector<std::uint8_t> packet(std::span<const Message> values, TimePoint now);

    /// The next question, or packet that must be sent again, if any; call until there is none.
    std::optional<std::vector<std::uint8_t>> next_packet(TimePoint now);
    /// When next_packet() may have one; nothing before begin().
    std::optional<TimePoint> due() const;
    /// Takes in what a message says about the bundles. False where others may want to see it.
    bool take(const Message &message, TimePoint now);

  private:
    using Duration = std::chrono::steady_clock::duration;
    struct OnTheWay {
        std::int32_t number;
        std::vector<std::uint8_t> packet;
        TimePoint due;
        TimePoint sent_at;
        Duration patience; ///< how long after that it counts as lost
        int overtaken = 0; ///< later packets that came before it
        bool is_again = false;
    };
    using List = std::deque<OnTheWay>; ///< by number

    List::const_iterator next_again() const;
    TimePoint again_at(const OnTheWay &known) const;
    bool confirm(const Message &message, TimePoint now);

    bool is_lossy_;
    bool has_begun_ = false;
    Lead lead_;
    ServerClock clock_;
    TimePoint clock_due_;
    TimePoint newest_; ///< when the newest bundle is due
    TimeTag due_{0};   ///< of the newest
    std::int32_t number_ = static_cast<std::int32_t>(std::random_device{}());
    List on_the_way_;
    Duration patience_{std::chrono::milliseconds(200)};
};

} // namespace headroom::osc
