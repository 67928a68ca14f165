// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/server_name.hpp"

#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace headroom::jack {

std::optional<ServerName> ServerName::lease(const std::string &prefix, int count) {
    for (int number = 1; number <= count; ++number) {
        std::string text = prefix + "-" + std::to_string(number);
        const std::string lock = "headroom-server-name/" + text;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        lock.copy(address.sun_path + 1, sizeof address.sun_path - 1);
        const auto length = offsetof(sockaddr_un, sun_path) + 1 + lock.size();
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(socket, reinterpret_cast<const sockaddr *>(&address),
                 static_cast<socklen_t>(length)) == 0)
            return ServerName(std::move(text), socket);
        close(socket);
    }
    return std::nullopt;
}

ServerName::~ServerName() {
    if (socket_ >= 0)
        close(socket_);
}

} // namespace headroom::jack
