// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/server_sockets.hpp"

#include <sys/socket.h>
#include <tuple>

namespace headroom::osc {

namespace {

/// A storm of 100 000 packets a second for a fifth of a second, in which the thread does not run.
constexpr int kReceiveBufferBytes = 1 << 23;
constexpr int kSendBufferBytes = 1 << 20;

} // namespace

bool is_of_this_machine(const Endpoint &endpoint) {
    return UdpSocket::bind(endpoint.with_port(0)).has_value();
}

bool is_loopback(const Endpoint &endpoint) {
    return endpoint.host() == "::1" || endpoint.host().starts_with("127.");
}

bool is_any(const Endpoint &endpoint) {
    return endpoint.host() == "0.0.0.0" || endpoint.host() == "::";
}

void widen_buffers(int fd) {
    for (const auto &[forced, asked, bytes] :
         {std::tuple(SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBufferBytes),
          std::tuple(SO_SNDBUFFORCE, SO_SNDBUF, kSendBufferBytes)})
        if (::setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0)
            ::setsockopt(fd, SOL_SOCKET, asked, &bytes, sizeof bytes);
}

} // namespace headroom::osc
