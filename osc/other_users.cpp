// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/other_users.hpp"

#include "osc/local_user.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace headroom::osc {

namespace {

constexpr uid_t kNobody = 65534;
/// Between people and nobody systemd takes the users of services from here on.
constexpr uid_t kFirstOfServices = 60514;

/// The first bytes of a file; empty if it cannot be read.
std::string beginning(const char *file) {
    const FileDescriptor fd(::open(file, O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> buffer{};
    const ssize_t size = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

bool is_in_user_namespace() {
    std::istringstream map(beginning("/proc/self/uid_map"));
    uid_t inside = 0;
    uid_t outside = 0;
    uid_t count = 0;
    return map >> inside >> outside >> count && count != ~uid_t{0};
}

} // namespace

OtherUsers::OtherUsers() {
    are_hidden_ = is_in_user_namespace();
    std::ifstream defaults("/etc/login.defs");
    for (std::string line; std::getline(defaults, line);) {
        std::istringstream words(line);
        std::string key;
        uid_t value = 0;
        if (words >> key >> value && key == "UID_MIN")
            first_ = value;
    }
    const std::string name = user_name(::geteuid());
    std::ifstream ranges("/etc/subuid");
    for (std::string line; std::getline(ranges, line);) {
        std::replace(line.begin(), line.end(), ':', ' ');
        std::istringstream words(line);
        std::string user;
        uid_t first = 0;
        uid_t count = 0;
        if (words >> user >> first >> count && user == name && count > 0)
            own_.emplace_back(first, first + count - 1);
    }
}

bool OtherUsers::is_person(uid_t user) const {
    if (user == 0 || user == ::geteuid() || user < first_)
        return false;
    if (user >= kFirstOfServices && user < kNobody)
        return false;
    return std::none_of(own_.begin(), own_.end(), [&](const auto &range) {
        return user >= range.first && user <= range.second;
    });
}

std::optional<bool> OtherUsers::is_theirs(int process) const {
    const std::string folder = "/proc/" + std::to_string(process);
    const std::string status = beginning((folder + "/status").c_str());
    const auto line = status.find("\nUid:");
    if (line == status.npos) {
        // Gone by now, or hidden from us.
        return ::access(folder.c_str(), F_OK) == 0 ? std::optional(true) : std::nullopt;
    }
    std::istringstream words(status.substr(line + 5));
    std::array<uid_t, 4> users{}; // real, effective, saved, file system
    for (uid_t &user : users)
        words >> user;
    if (are_hidden_ && std::find(users.begin(), users.end(), kNobody) != users.end())
        return is_in_their_session(folder);
    return std::any_of(users.begin(), users.end(), [&](uid_t user) { return is_person(user); });
}

bool OtherUsers::is_in_their_session(const std::string &process) const {
    constexpr std::string_view kSlice = "/user-"; // .../user.slice/user-1000.slice/...
    const std::string groups = beginning((process + "/cgroup").c_str());
    for (auto at = groups.find(kSlice); at != groups.npos; at = groups.find(kSlice, at + 1)) {
        uid_t user = 0;
        const char *const digits = groups.data() + at + kSlice.size();
        if (std::from_chars(digits, groups.data() + groups.size(), user).ec == std::errc() &&
            is_person(user))
            return true;
    }
    return false;
}

bool OtherUsers::any_of_the_newest() const {
    constexpr int kNewest = 32;
    const std::string load = beginning("/proc/loadavg");
    const auto space = load.rfind(' ');
    int newest = 0;
    if (space != load.npos)
        std::from_chars(load.data() + space + 1, load.data() + load.size(), newest);
    for (int process = newest; process > std::max(newest - kNewest, 0); --process)
        if (is_theirs(process).value_or(false))
            return true;
    return false;
}

bool OtherUsers::any_process() const {
    if (!is_theirs(1)) // the processes of others are hidden (hidepid)
        return true;
    std::error_code error;
    for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename();
        int process = 0;
        const auto [rest, wrong] = std::from_chars(name.data(), name.data() + name.size(), process);
        if (wrong == std::errc() && rest == name.data() + name.size() &&
            is_theirs(process).value_or(false))
            return true;
    }
    return false;
}

bool OtherUsers::are_at_work(TimePoint now) {
    const auto is_due = [&](std::optional<TimePoint> &last, auto pause) {
        if (last && now - *last < pause)
            return false;
        last = now;
        return true;
    };
    if (seen_ && now - *seen_ < kRemembered)
        return true;
    // The newest first: whoever has just sent may be about to vanish.
    if ((is_due(looked_, kBetweenLooks) && any_of_the_newest()) ||
        (is_due(scanned_, kBetweenScans) && any_process()))
        note(now);
    return seen_ && now - *seen_ < kRemembered;
}

} // namespace headroom::osc
