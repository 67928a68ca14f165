// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/watcher.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headroom {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kFolderGone = IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | kFolderGone;
constexpr int kMaxLinks = 40; ///< as the kernel follows them

int checked(int fd) {
    if (fd < 0)
        throw std::system_error(errno, std::generic_category(), "cannot watch files");
    return fd;
}

} // namespace

Watcher::Watcher()
    : poll_fd_(checked(::epoll_create1(EPOLL_CLOEXEC))),
      inotify_fd_(checked(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))),
      timer_fd_(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))) {
    for (const int fd : {inotify_fd_, timer_fd_}) {
        epoll_event event{};
        event.events = EPOLLIN;
        checked(::epoll_ctl(poll_fd_, EPOLL_CTL_ADD, fd, &event));
    }
}

Watcher::~Watcher() {
    for (const int fd : {timer_fd_, inotify_fd_, poll_fd_})
        ::close(fd);
}

void Watcher::watch(const std::vector<fs::path> &files) {
    std::vector<fs::path> wanted;
    for (const fs::path &file : files) {
        std::error_code error;
        if (!file.empty())
            wanted.push_back(fs::absolute(file, error));
    }
    if (wanted == files_)
        return;
    files_ = std::move(wanted);
    follow();
    const itimerspec off{};
    ::timerfd_settime(timer_fd_, 0, &off, nullptr);
}

/// Every symbolic link on the way to the file, and the file itself; the first part of the way that
/// is missing ends it.
void Watcher::add_places(const fs::path &file, std::set<Place> &out) {
    fs::path way = file;
    for (int links = 0; links < kMaxLinks && !way.empty(); ++links) {
        fs::path reached = "/";
        fs::path next;
        for (auto part = way.begin(); part != way.end() && next.empty(); ++part) {
            if (*part == "/" || *part == "." || part->empty())
                continue;
            if (*part == "..") {
                reached = reached.parent_path();
                continue;
            }
            std::error_code error;
            const fs::path here = reached / *part;
            const auto status = fs::symlink_status(here, error);
            if (fs::is_directory(status)) {
                reached = here;
                continue;
            }
            out.emplace(reached, part->string());
            if (!fs::is_symlink(status))
                return;
            next = reached / fs::read_symlink(here, error);
            for (auto rest = std::next(part); rest != way.end(); ++rest)
                next /= *rest;
        }
        way = next;
    }
}

void Watcher::follow() {
    places_.clear();
    for (const fs::path &file : files_)
        add_places(file, places_);
    std::map<int, fs::path> folders;
    for (const auto &[folder, name] : places_) {
        const int watch = ::inotify_add_watch(inotify_fd_, folder.c_str(), kEvents | IN_ONLYDIR);
        if (watch >= 0)
            folders.emplace(watch, folder);
    }
    for (const auto &[watch, folder] : folders_)
        if (!folders.contains(watch))
            ::inotify_rm_watch(inotify_fd_, watch);
    folders_ = std::move(folders);
}

/// Whether one of the events that wait concerns a file.
bool Watcher::take_events() {
    bool concerned = false;
    alignas(inotify_event) std::array<char, 8192> buffer{};
    for (;;) {
        const ssize_t size = ::read(inotify_fd_, buffer.data(), buffer.size());
        if (size <= 0)
            return concerned;
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char *name = buffer.data() + at + sizeof event;
            at += sizeof event + event.len;
            const auto folder = folders_.find(event.wd);
            if ((event.mask & IN_Q_OVERFLOW) != 0)
                concerned = true;
            else if (folder != folders_.end())
                concerned = concerned || (event.mask & kFolderGone) != 0 ||
                            (event.len > 0 && places_.contains({folder->second, name}));
        }
    }
}

bool Watcher::on_readable() {
    if (take_events()) {
        follow();
        itimerspec settle{};
        settle.it_value.tv_nsec = std::chrono::nanoseconds(kSettle).count();
        ::timerfd_settime(timer_fd_, 0, &settle, nullptr);
        return false;
    }
    std::uint64_t expired = 0;
    if (::read(timer_fd_, &expired, sizeof expired) != sizeof expired)
        return false;
    follow();
    return true;
}

} // namespace headroom
