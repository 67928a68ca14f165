// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/service.hpp"

#include "config/folders.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <iostream>
#include <mutex>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace headroom::app {

namespace {

/// A variable that the manager sets for the process that it starts, and which all programs below
/// inherit: this process is the one, unless SYSTEMD_EXEC_PID names another.
std::string from_manager(const char *name) {
    const std::string process = environment("SYSTEMD_EXEC_PID", "");
    if (!process.empty() && process != std::to_string(::getpid()))
        return {};
    return environment(name, "");
}

/// Standard error goes to the journal: JOURNAL_STREAM holds its device and inode, systemd.exec(5).
bool is_journal() {
    struct stat stream {};
    return ::fstat(STDERR_FILENO, &stream) == 0 &&
           environment("JOURNAL_STREAM", "") ==
               std::to_string(stream.st_dev) + ":" + std::to_string(stream.st_ino);
}

std::mutex sayer_mutex;
Sayer sayer; // guarded by it; empty for standard error

} // namespace

bool is_service() {
    return !from_manager("NOTIFY_SOCKET").empty();
}

void tell_service_manager(const std::string &state) {
    const std::string path = from_manager("NOTIFY_SOCKET");
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
    const std::string process = environment("WATCHDOG_PID", "");
    if (!process.empty() && process != std::to_string(::getpid()))
        return std::nullopt;
    const std::string text = environment("WATCHDOG_USEC", "");
    std::int64_t microseconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), microseconds);
    if (!is_service() || error != std::errc() || microseconds <= 0)
        return std::nullopt;
    return std::max(std::chrono::milliseconds(microseconds / 2000), std::chrono::milliseconds(1));
}

void say(const std::string &line, Priority priority) {
    const std::string text =
        (is_journal() ? "<" + std::to_string(static_cast<int>(priority)) + ">" : "") +
        "headroom: " + line + "\n";
    const std::lock_guard lock(sayer_mutex);
    if (sayer)
        sayer(text);
    else
        std::cerr << text << std::flush;
}

void say_through(Sayer wanted) {
    const std::lock_guard lock(sayer_mutex);
    sayer = std::move(wanted);
}

void say_notice(const std::string &line) {
    say(line, Priority::notice);
}

} // namespace headroom::app
