// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/pipewire_launcher.hpp"

#include "jack_client/jack/server.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace headroom::jack {
namespace {

/// Set in the program that pw-jack starts, so that it does not start itself for ever.
constexpr const char *kGuardVariable = "HEADROOM_UNDER_PW_JACK";

std::string environment(const char *name) {
    const char *value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    return value ? value : "";
}

bool accepts_connections(const std::filesystem::path &socket_path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = socket_path.string();
    if (text.size() >= sizeof address.sun_path)
        return false;
    text.copy(address.sun_path, text.size());
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    const bool accepted =
        connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    close(fd);
    return accepted;
}

} // namespace

bool pipewire_is_running() {
    std::filesystem::path socket_path = environment("PIPEWIRE_REMOTE");
    if (socket_path.empty())
        socket_path = "pipewire-0";
    std::string folder = environment("PIPEWIRE_RUNTIME_DIR");
    if (folder.empty())
        folder = environment("XDG_RUNTIME_DIR");
    if (folder.empty() && socket_path.is_relative())
        return false;
    return accepts_connections(std::filesystem::path(folder) / socket_path);
}

bool needs_pw_jack(const std::string &server_name) {
    return environment(kGuardVariable).empty() && !libjack_is_pipewire() && pipewire_is_running() &&
           !server_is_running(server_name);
}

Diagnostic restart_under_pw_jack(char *const *argv) {
    std::error_code error;
    const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
    std::vector<char *> arguments{const_cast<char *>("pw-jack"),
                                  const_cast<char *>(program.c_str())};
    for (char *const *argument = argv + 1; *argument; ++argument)
        arguments.push_back(*argument);
    arguments.push_back(nullptr);
    if (!error) {
        setenv(kGuardVariable, "1", 1); // NOLINT(concurrency-mt-unsafe)
        execvp(arguments[0], arguments.data());
        error.assign(errno, std::generic_category());
    }
    return {.message = "cannot start through pw-jack: " + error.message(),
            .remedy = "install the package pipewire-jack"};
}

} // namespace headroom::jack
