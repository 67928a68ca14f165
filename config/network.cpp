// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <string>

namespace headroom {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// The bits of byte `index` that are part of a prefix.
std::uint8_t mask(int prefix_bits, std::size_t index) {
    const int bits = std::clamp(prefix_bits - 8 * static_cast<int>(index), 0, 8);
    return static_cast<std::uint8_t>(0xff00 >> bits);
}

} // namespace

std::optional<Network::Address> Network::parse_address(std::string_view text) {
    const std::string terminated(text);
    Address address{};
    if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1)
        return address;
    std::copy(kMappedIpv4.begin(), kMappedIpv4.end(), address.begin());
    if (::inet_pton(AF_INET, terminated.c_str(), address.data() + kMappedIpv4.size()) == 1)
        return address;
    return std::nullopt;
}

Network::Address Network::address_of(std::span<const std::uint8_t> bytes) {
    Address address{};
    if (bytes.size() != address.size())
        std::copy(kMappedIpv4.begin(), kMappedIpv4.end(), address.begin());
    std::copy(bytes.begin(), bytes.end(),
              address.end() - static_cast<std::ptrdiff_t>(bytes.size()));
    return address;
}

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    Network network;
    network.address_ = *address;
    if (slash != text.npos) {
        const bool is_ipv4 = text.find(':') == text.npos;
        const std::string_view bits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(bits.data(), bits.data() + bits.size(), network.prefix_bits_);
        if (error != std::errc() || end != bits.data() + bits.size() || network.prefix_bits_ < 0 ||
            network.prefix_bits_ > (is_ipv4 ? 32 : 128))
            return std::nullopt;
        network.prefix_bits_ += is_ipv4 ? 96 : 0;
    }
    for (std::size_t i = 0; i < network.address_.size(); ++i)
        if ((network.address_[i] & ~mask(network.prefix_bits_, i)) != 0)
            return std::nullopt;
    return network;
}

bool Network::contains(const Address &address) const {
    for (std::size_t i = 0; i < address.size(); ++i)
        if (((address[i] ^ address_[i]) & mask(prefix_bits_, i)) != 0)
            return false;
    return true;
}

} // namespace headroom
