// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/admission.hpp"

#include "osc/server_sockets.hpp"
#include "osc/wire/packet.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

namespace {

constexpr const char *kAck = "/headroom/ack";

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

void Admission::adopt(const OscSettings &settings) {
    allow_ = settings.allow;
    allow_.insert(allow_.end(), settings.write.begin(), settings.write.end());
    write_ = settings.write;
    read_only_ = settings.read_only;
    for (const OscPeer &peer : settings.peers)
        if (const auto host = Network::parse(peer.address)) {
            allow_.push_back(*host);
            (peer.read_only ? read_only_ : write_).push_back(*host);
        }
    is_everyone_ = settings.local_everyone;
    locals_.clear();
}

bool Admission::is_trusted(const Network::Address &address) const {
    return any_contains(trusted_, address) ||
           std::any_of(allow_.begin(), allow_.end(), [&](const Network &network) {
               return network.is_single() && network.contains(address);
           });
}

bool Admission::may_hear(const Endpoint &who) const {
    const auto address = address_of(who);
    return any_contains(trusted_, address) || any_contains(allow_, address);
}

bool Admission::is_local(const Endpoint &endpoint) const {
    return any_contains(trusted_, address_of(endpoint)) || is_of_this_machine(endpoint);
}

Admission::Local &Admission::local(const Endpoint &endpoint, TimePoint now) {
    const auto found = locals_.find(endpoint);
    if (found != locals_.end() && (found->second.is_local || now - found->second.looked < kUnknown))
        return found->second;
    if (found == locals_.end() && locals_.size() >= kEndpoints)
        locals_.clear();
    ++looks_;
    return locals_[endpoint] = {.is_local = is_local(endpoint), .looked = now};
}

void Admission::look(Local &known, const Endpoint &theirs, const Endpoint &ours, TimePoint now) {
    const bool is_new = known.turn == 0;
    if (std::exchange(known.turn, turn_) == turn_)
        return;
    ++looks_;
    known.owner = users_->owner(Protocol::udp, theirs, ours);
    if (known.owner == SocketOwner::gone ||
        (known.owner == SocketOwner::own && (is_new || now - known.looked >= kOwnerHolds))) {
        known.owner = users_->every_owner(theirs);
        known.looked = now;
    }
}

std::optional<Peer> Admission::admitted(const Endpoint &from, SocketOwner owner, TimePoint now) {
    const auto address = address_of(from);
    Peer peer{.endpoint = from, .owner = owner};
    if (owner == SocketOwner::other) {
        users_->note_other(now);
        peer.may_ask = peer.may_set = false;
        return peer;
    }
    if (owner == SocketOwner::gone && users_->are_others_at_work(now)) {
        if (notice_ && (!noticed_ || now - *noticed_ >= kBetweenNotices)) {
            noticed_ = now;
            notice_("OSC from a program that ended before its user could be found was refused, "
                    "because other users work on this machine (send with `headroom set`, or keep "
                    "the sender's socket open, or write \"osc: { local: everyone }\" in the "
                    "profile)");
        }
        return std::nullopt;
    }
    peer.may_set = !any_contains(read_only_, address) &&
                   (any_contains(trusted_, address) || any_contains(write_, address));
    return peer;
}

std::optional<Peer> Admission::admit(const Endpoint &from, const Endpoint &to, TimePoint now) {
    if (!may_hear(from))
        return std::nullopt;
    if (is_everyone_)
        return admitted(from, SocketOwner::own, now);
    Local &known = local(from, now);
    if (!known.is_local)
        return admitted(from, SocketOwner::own, now);
    look(known, from, to, now);
    return admitted(from, known.owner, now);
}

std::optional<Peer> Admission::admit_connection(const Endpoint &from, const Endpoint &to,
                                                TimePoint now) {
    if (!may_hear(from))
        return std::nullopt;
    const auto owner = is_local(from) ? users_->owner(Protocol::tcp, from, to) : SocketOwner::own;
    auto peer = admitted(from, is_everyone_ ? SocketOwner::own : owner, now);
    if (peer)
        peer->owner = owner;
    return peer;
}

std::optional<Peer> Admission::admit_again(const Peer &connected, TimePoint now) {
    if (!may_hear(connected.endpoint))
        return std::nullopt;
    auto peer =
        admitted(connected.endpoint, is_everyone_ ? SocketOwner::own : connected.owner, now);
    if (peer) {
        peer->connection = connected.connection;
        peer->owner = connected.owner;
    }
    return peer;
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

bool Admission::may_send(const Endpoint &to, std::size_t bytes, TimePoint now) {
    const auto address = address_of(to);
    if (!is_everyone_) {
        // The port may have become another user's since somebody asked from there.
        Local &known = local(to, now);
        const bool is_stale = known.owner == SocketOwner::gone || now - known.looked >= kOwnerHolds;
        if (known.is_local && known.owner != SocketOwner::other && is_stale) {
            known.owner = users_->every_owner(to);
            known.looked = now;
        }
        if (known.is_local && known.owner == SocketOwner::other)
            return false;
    }
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

std::optional<std::vector<std::uint8_t>> Admission::challenge(const Endpoint &to, TimePoint now) {
    const auto host = hosts_.find(address_of(to));
    if (host == hosts_.end() || host->second.is_known)
        return std::nullopt;
    auto packet = encode({kAck, {host->second.token}});
    if (!may_send(to, packet.size(), now))
        return std::nullopt;
    return packet;
}

void Admission::finish_turn() {
    for (auto &[address, host] : hosts_)
        host.credit_bytes = 0;
    ++turn_;
    looks_ = 0;
}

} // namespace headroom::osc
