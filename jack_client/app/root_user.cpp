// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/root_user.hpp"

#include "config/folders.hpp"
#include "osc/local_user.hpp"

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace headroom::app {

namespace {

namespace fs = std::filesystem;

/// The person who owns a file; root when it is not there, or belongs to the system.
uid_t owner_of(const fs::path &file) {
    constexpr uid_t kFirstPerson = 1000;
    constexpr uid_t kNobody = 65534;
    struct stat status {};
    const bool is_person = ::stat(file.c_str(), &status) == 0 && status.st_uid >= kFirstPerson &&
                           status.st_uid != kNobody;
    return is_person ? status.st_uid : 0;
}

/// The user of a sound server that runs; root when there is none but root's.
uid_t user_with_sound() {
    std::error_code error;
    for (fs::directory_iterator it("/run/user", error), end; !error && it != end;
         it.increment(error))
        if (const uid_t user = owner_of(it->path() / "pipewire-0"); user != 0)
            return user;
    for (fs::directory_iterator it("/dev/shm", error), end; !error && it != end;
         it.increment(error))
        if (it->path().filename().string().starts_with("jack"))
            if (const uid_t user = owner_of(it->path()); user != 0)
                return user;
    return 0;
}

} // namespace

bool is_root() {
    return ::geteuid() == 0;
}

std::optional<Diagnostic> sound_is_of_another_user() {
    if (!is_root())
        return std::nullopt;
    std::string name = environment("SUDO_USER", "root");
    if (name == "root")
        name = osc::user_name(user_with_sound());
    if (name == "root")
        return std::nullopt;
    return Diagnostic{.message = "this is root, and the sound belongs to " + name +
                                 ": root cannot reach a user's sound server",
                      .remedy = "start it as " + name + ", without sudo"};
}

} // namespace headroom::app
