// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/wire/packet.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace headroom::osc {

/// Packets of updates overtake each other on their way: of each address only what the latest
/// packet told counts.
class UpdateOrder {
  public:
    /// Of a packet of updates, which begins with it.
    static std::optional<std::int32_t> number_of(const Packet &packet) {
        if (packet.elements.empty())
            return std::nullopt;
        const Message &first = packet.elements.front().message;
        if (first.address != "/headroom/ack" || first.arguments.size() != 1)
            return std::nullopt;
        const auto *number = std::get_if<std::int32_t>(&first.arguments.front());
        return number != nullptr && *number > 0 ? std::optional(*number) : std::nullopt;
    }

    /// Whether no later packet has told of the address. Every number is acknowledged.
    bool is_newest(const std::string &address, std::int32_t number) {
        const auto known = told_in_.try_emplace(address, number).first;
        const std::uint32_t ahead =
            (static_cast<std::uint32_t>(number) - static_cast<std::uint32_t>(known->second)) &
            0x7fffffffu;
        if (address != "/headroom/ack" && ahead > kMostAhead)
            return false;
        known->second = number;
        return true;
    }

  private:
    static constexpr std::uint32_t kMostAhead = 1u << 30; ///< numbers begin anew after 2^31

    std::unordered_map<std::string, std::int32_t> told_in_;
};

} // namespace headroom::osc
