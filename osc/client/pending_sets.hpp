// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/wire/packet.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headroom::osc {

/// Values on their way to the server: the newest of each address, one packet at a time, again
/// until it is confirmed. So a link is never filled with values that are old already.
class PendingSets {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    void set(std::string address, Argument value);
    bool empty() const { return waiting_.empty() && on_the_way_.empty(); }

    /// The next packet, stamped with when it is sent, where there is something to send now.
    std::optional<std::vector<std::uint8_t>> next_packet(TimePoint now);
    /// When next_packet() may have one although nothing was set meanwhile.
    std::optional<TimePoint> due() const;

    /// Whether the message confirms the packet on its way.
    bool confirm(const Message &message, TimePoint now);
    /// The server refuses this address, and with it the whole packet.
    void refuse(const std::string &address);
    /// All that was on its way comes again at once.
    void again();

  private:
    using Duration = std::chrono::steady_clock::duration;

    std::map<std::string, Argument> waiting_;
    std::map<std::string, Argument> on_the_way_;
    std::int32_t id_ = 0x40000000; ///< of the question at the end of the packet
    TimePoint sent_at_;
    Duration patience_{std::chrono::milliseconds(200)};
};

} // namespace headroom::osc
