// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/listen_addresses.hpp"

#include "osc/server.hpp"
#include "osc/server_sockets.hpp"

#include <algorithm>
#include <string>
#include <sys/socket.h>

namespace headroom::osc {

Result<ListenAddresses> listen_addresses(const ServerOptions &options) {
    const auto local = Endpoint::parse(options.address, options.port);
    if (!local || !is_loopback(*local))
        return failure("OSC cannot listen on \"" + options.address + "\"",
                       "give a loopback address such as 127.0.0.1");
    std::vector<Endpoint> others;
    for (const std::string &address : options.network.listen) {
        const auto other = Endpoint::parse(address, options.port);
        if (!other)
            return failure("OSC cannot listen on \"" + address + "\"", "give an IP address");
        others.push_back(*other);
    }
    const auto has_any = [&](int family) {
        return std::any_of(others.begin(), others.end(), [&](const Endpoint &other) {
            return other.family() == family && is_any(other);
        });
    };
    if (options.socket && has_any(AF_INET))
        return failure("in a session OSC cannot listen on 0.0.0.0",
                       "name the addresses of this machine on its networks");
    if (options.ipv6 && local->family() == AF_INET && !has_any(AF_INET6))
        others.insert(others.begin(), *Endpoint::parse("::1", options.port));
    Endpoint first = *local;
    if (has_any(first.family())) {
        const auto any = std::find_if(others.begin(), others.end(), [&](const Endpoint &other) {
            return other.family() == local->family() && is_any(other);
        });
        first = *any;
        others.erase(any);
    }
    return ListenAddresses{first, std::move(others)};
}

} // namespace headroom::osc
