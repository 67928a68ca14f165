// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace headroom {

/// A range of IP addresses, such as 192.168.1.0/24 or fd00::/8, or a single address.
class Network {
  public:
    /// An IPv4 address stands behind ::ffff:, so that there is one form of both.
    using Address = std::array<std::uint8_t, 16>;

    static std::optional<Address> parse_address(std::string_view text);
    /// Of the 4 or 16 bytes of an address, the highest first.
    static Address address_of(std::span<const std::uint8_t> bytes);
    /// Nothing where the text is no address, or has bits set behind the prefix.
    static std::optional<Network> parse(std::string_view text);

    bool contains(const Address &address) const;
    bool is_single() const { return prefix_bits_ == 128; }

    bool operator==(const Network &) const = default;

  private:
    Address address_{};
    int prefix_bits_ = 128;
};

} // namespace headroom
