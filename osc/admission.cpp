// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/admission.hpp"

#include "osc/wire/packet.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

namespace {

constexpr const char *kAck = "/headroom/ack";

Network::Address address_of(const Endpoint &endpoint) {
    return Network::address_of(endpoint.ip());
}

bool any_contains(const std::vector<Network> &networks, const Network::Address &address) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const Network &network) { return network.contains(address); });
}

/// The numbers of every /headroom/ack in a packet.
std::vector<Argument> acknowledged(std::span<const std::uint8_t> bytes) {
    std::vector<Argument> numbers;
    if (const auto packet = decode(bytes))
        for (const auto &[time, message] : packet->elements)
            if (message.address == kAck)
                numbers.insert(numbers.end(), message.arguments.begin(), message.arguments.end());
    return numbers;
}

} // namespace

bool Admission::is_trusted(const Network::Address &address) const {
    return any_contains(trusted_, address) ||
           std::any_of(allow_.begin(), allow_.end(), [&](const Network &network) {
               return network.is_single() && network.contains(address);
           });
}

bool Admission::admits(const Endpoint &from) const {
    const auto address = address_of(from);
    return any_contains(trusted_, address) || any_contains(allow_, address);
}

bool Admission::may_set(const Endpoint &from) const {
    return !any_contains(read_only_, address_of(from));
}

Admission::Standing Admission::meet(const Endpoint &from, std::span<const std::uint8_t> packet,
                                    TimePoint now) {
    const auto address = address_of(from);
    if (is_trusted(address))
        return Standing::known;
    if (!any_contains(allow_, address))
        return Standing::refused;
    auto host = hosts_.find(address);
    if (host == hosts_.end()) {
        if (hosts_.size() >= kHosts)
            std::erase_if(hosts_, [&](const auto &entry) {
                return now - entry.second.heard >= (entry.second.is_known ? kKnown : kUnknown);
            });
        if (hosts_.size() >= kHosts)
            return Standing::refused;
        // Below zero, apart from the numbers of packets.
        const auto token = -1 - static_cast<std::int32_t>(random_() & 0x7ffffffe);
        host = hosts_.emplace(address, Host{token}).first;
    }
    Host &met = host->second;
    met.is_known = met.is_known && now - met.heard < kKnown;
    met.heard = now;
    met.credit_bytes += packet.size();
    if (met.is_known)
        return Standing::known;
    const auto numbers = acknowledged(packet);
    met.is_known = std::find(numbers.begin(), numbers.end(), Argument(met.token)) != numbers.end();
    if (met.is_known)
        return Standing::known;
    return numbers.empty() ? Standing::unknown : Standing::asking;
}

bool Admission::may_send(const Endpoint &to, std::size_t bytes) {
    const auto address = address_of(to);
    if (is_trusted(address))
        return true;
    const auto host = hosts_.find(address);
    if (host == hosts_.end())
        return false;
    if (host->second.is_known)
        return true;
    if (host->second.credit_bytes < bytes)
        return false;
    host->second.credit_bytes -= bytes;
    return true;
}

std::optional<std::vector<std::uint8_t>> Admission::challenge(const Endpoint &to) {
    const auto host = hosts_.find(address_of(to));
    if (host == hosts_.end() || host->second.is_known)
        return std::nullopt;
    auto packet = encode({kAck, {host->second.token}});
    if (!may_send(to, packet.size()))
        return std::nullopt;
    return packet;
}

void Admission::finish_turn() {
    for (auto &[address, host] : hosts_)
        host.credit_bytes = 0;
}

} // namespace headroom::osc
