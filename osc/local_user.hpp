// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/network.hpp"
#include "osc/wire/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

/// The user behind a socket of this machine, as the kernel knows him: by socket diagnostics
/// (sock_diag(7)), or by /proc/net when those cannot be asked. Needs no rights. Not real-time safe.
namespace headroom::osc {

enum class SocketOwner : std::uint8_t {
    own,   ///< this program's user, or root
    other, ///< another user, alone or beside this one
    gone   ///< nobody: the socket has been closed
};

enum class Protocol : std::uint8_t { udp, tcp };

/// Whose socket sends from `theirs` to `ours`, a socket of this program. One look-up, 5 us to
/// 15 us. A UDP socket that shares its port with others (SO_REUSEADDR) may hide behind them.
SocketOwner socket_owner(Protocol protocol, const Endpoint &theirs, const Endpoint &ours);

/// As socket_owner() for UDP, but asks for every socket that could send from that port: `other` if
/// one of them is another user's. Visits all UDP sockets: 50 us to 500 us.
SocketOwner every_socket_owner(const Endpoint &theirs);

/// The other user whose socket has the port, over UDP or listening on TCP; nothing if one is this
/// user's, or none is anybody's.
std::optional<uid_t> other_port_owner(std::uint16_t port);

/// What to do about a port that is in use, by whoever has it.
std::string remedy_for_port(std::uint16_t port);

/// This machine's address from which packets reach the endpoint; nothing if none do now.
std::optional<Endpoint> address_towards(const Endpoint &endpoint);

Network::Address address_of(const Endpoint &endpoint);

/// The name of a user: "alice", or "user 1001" if he has none.
std::string user_name(uid_t user);

/// What other users of this machine are answered.
const std::string &local_refusal();

} // namespace headroom::osc
