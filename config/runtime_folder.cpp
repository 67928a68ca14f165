// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/runtime_folder.hpp"

#include "config/folders.hpp"

#include <cerrno>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace headroom {

namespace {

/// A folder, no link to one, that belongs to this user.
bool is_ours(const std::filesystem::path &folder) {
    struct stat found {};
    return ::lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
           found.st_uid == ::geteuid();
}

/// Makes the folder, or takes one that is there, and shuts it to everybody else.
Result<std::filesystem::path> own(const std::filesystem::path &folder) {
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return failure("cannot make the folder " + folder.string() + ": " +
                       std::generic_category().message(errno));
    if (!is_ours(folder) || ::chmod(folder.c_str(), S_IRWXU) != 0)
        return failure(folder.string() + " belongs to another user",
                       "remove it, or set XDG_RUNTIME_DIR to a folder of your own");
    return folder;
}

} // namespace

Result<std::filesystem::path> runtime_folder() {
    const std::string user = std::to_string(::geteuid());
    for (const std::filesystem::path place :
         {environment("XDG_RUNTIME_DIR", ""), "/run/user/" + user})
        if (place.is_absolute() && is_ours(place))
            return own(place / "headroom");
    return own("/tmp/headroom-" + user);
}

} // namespace headroom
