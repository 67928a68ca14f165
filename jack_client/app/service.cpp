// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/service.hpp"

#include "config/folders.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <iostream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace headroom::app {

bool is_service() {
    return !environment("NOTIFY_SOCKET", "").empty();
}

void tell_service_manager(const std::string &state) {
    const std::string path = environment("NOTIFY_SOCKET", "");
    sockaddr_un address{.sun_family = AF_UNIX};
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return;
    std::memcpy(static_cast<char *>(address.sun_path), path.data(), path.size());
    if (path[0] == '@')
        address.sun_path[0] = '\0'; // a name that is in no folder
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr *>(&address), size);
    ::close(fd);
}

std::optional<std::chrono::milliseconds> watchdog_period() {
    const std::string text = environment("WATCHDOG_USEC", "");
    std::int64_t microseconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), microseconds);
    if (!is_service() || error != std::errc() || microseconds <= 0)
        return std::nullopt;
    return std::max(std::chrono::milliseconds(microseconds / 2000), std::chrono::milliseconds(1));
}

void say(const std::string &line, Priority priority) {
    if (!environment("JOURNAL_STREAM", "").empty())
        std::cerr << "<" << static_cast<int>(priority) << ">";
    std::cerr << "headroom: " << line << std::endl;
}

void say_notice(const std::string &line) {
    say(line, Priority::notice);
}

} // namespace headroom::app
