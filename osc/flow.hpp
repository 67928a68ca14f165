// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace headroom::osc {

using TimePoint = std::chrono::steady_clock::time_point;

/// How much may be on its way to one subscriber.
///
/// A subscriber that acknowledges has a window of bytes, which shrinks while packets wait longer
/// than kQueueTarget somewhere on the way (round trip against the shortest one ever seen) and
/// grows while they do not, in the manner of TCP Vegas and LEDBAT (RFC 6817). What was lost is
/// found out and named. One that never acknowledges has a rate instead. Meters give way first.
class Flow {
  public:
    static constexpr std::size_t kFirstWindowBytes = 4800;
    static constexpr std::size_t kLeastWindowBytes = 2400;
    static constexpr std::size_t kMostWindowBytes = 64 * 1024;
    static constexpr std::size_t kPackets = 64; ///< most that are on their way
    static constexpr std::chrono::milliseconds kQueueTarget{60};

    /// Without acknowledgements.
    static constexpr double kBytesPerSecond = 64.0 * 1024;
    static constexpr double kBurstBytes = 64.0 * 1024;
    static constexpr double kKeptForChanges = 16.0 * 1024; ///< of the burst, not for meters

    enum class Load { meters, changes };

    /// Not limited: everything may go at once.
    explicit Flow(bool is_limited = true) : is_limited_(is_limited) {}

    /// Whether a packet of that many bytes may go now.
    bool admits(Load load, std::size_t bytes, TimePoint now) const;

    /// The number that goes along with the next packet; nothing before the peer acknowledges.
    std::optional<std::int32_t> number() const;
    /// A packet went out that told of these changes.
    void sent(std::size_t bytes, std::vector<Item> changes, TimePoint now);

    /// The peer has got the packet with this number; a number that was never sent only says that
    /// it acknowledges. Returns the changes in packets that must be lost.
    std::vector<Item> acknowledge(std::int32_t number, TimePoint now);
    /// Gives up waiting for packets that took too long. Returns the changes in them.
    std::vector<Item> give_up(TimePoint now);
    /// When give_up() is due.
    std::optional<TimePoint> patience_ends() const;

    std::size_t window_bytes() const { return window_; }

  private:
    using Duration = std::chrono::nanoseconds;
    struct Sent {
        std::int32_t number;
        std::size_t bytes;
        TimePoint at;
        std::vector<Item> changes;
        int overtaken = 0; ///< later packets that were acknowledged before it
    };
    double tokens(TimePoint now) const;
    void adapt(Duration round_trip, std::size_t bytes, TimePoint now);

    bool is_limited_;
    bool is_acknowledged_ = false;
    std::int32_t last_number_ = 0;
    std::deque<Sent> on_the_way_;
    std::size_t bytes_on_the_way_ = 0;
    std::size_t window_ = kFirstWindowBytes;
    Duration shortest_{Duration::max()};
    Duration smoothed_{0};
    Duration patience_{std::chrono::seconds(1)};
    TimePoint next_reduction_{};

    double tokens_ = kBurstBytes;
    TimePoint tokens_at_{};
};

} // namespace headroom::osc
