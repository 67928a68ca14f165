// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/udp_sockets.hpp"

#include "osc/server_sockets.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

void UdpSockets::add(std::shared_ptr<UdpSocket> socket) {
    widen_buffers(socket->fd());
    const Endpoint local = socket->local();
    Socket &added = sockets_.emplace_back(Socket{std::move(socket), local, sockets_.size()});
    added.watch = loop_.on_readable(added.socket->fd(), [this, &added] {
        added.has_more = true;
        ready_();
    });
}

bool UdpSockets::is_own(const Endpoint &to) const {
    return to.port() == port() && is_of_this_machine(to);
}

const UdpSockets::Socket *UdpSockets::towards(const Endpoint &to) const {
    const auto at = std::find_if(sockets_.begin(), sockets_.end(), [&](const Socket &known) {
        return known.local.family() == to.family() &&
               (is_loopback(known.local) == is_loopback(to) || is_any(known.local));
    });
    return at != sockets_.end() ? &*at : nullptr;
}

void UdpSockets::read(const Take &take) {
    bool may_go_on = true;
    for (Socket &from : sockets_)
        if (from.has_more && may_go_on)
            may_go_on = read(from, take);
    if (std::any_of(sockets_.begin(), sockets_.end(), [](const Socket &s) { return s.has_more; }))
        ready_();
    if (!sockets_.empty())
        sockets_.splice(sockets_.end(), sockets_, sockets_.begin());
}

/// Returns whether others may be read.
bool UdpSockets::read(Socket &from, const Take &take) {
    bool may_go_on = true;
    for (int left = kPacketsPerTurn; left > 0 && may_go_on; --left) {
        const auto datagram = from.datagrams->next(*from.socket);
        if (!datagram)
            break;
        may_go_on = take(from, *datagram);
    }
    from.has_more = from.datagrams->holds_any(); // of the others the loop tells
    return may_go_on;
}

bool UdpSockets::send(const Peer &peer, std::span<const std::uint8_t> bytes) {
    const auto at = std::find_if(sockets_.begin(), sockets_.end(),
                                 [&](const Socket &known) { return known.number == peer.socket; });
    return at != sockets_.end() && at->socket->send(bytes, peer.endpoint);
}

} // namespace headroom::osc
