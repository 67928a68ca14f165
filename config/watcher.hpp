// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headroom {

/// Tells when one of some files has another content, in whatever way it came there: written in
/// place, renamed over, deleted and created, or by way of any symbolic link on its path. Wakes for
/// nothing else but what is created or written in the same folders. Belongs to the thread that
/// polls fd().
class Watcher {
  public:
    /// An editor may save in several steps; a file counts as changed once they are over.
    static constexpr std::chrono::milliseconds kSettle{50};

    /// Throws std::system_error where the system has no descriptors left.
    Watcher();
    ~Watcher();
    Watcher(const Watcher &) = delete;
    Watcher &operator=(const Watcher &) = delete;

    /// Watches these files from now on in place of any others; an empty path is none. Neither the
    /// files nor their folders need exist. Nothing happens where it watches them already.
    void watch(const std::vector<std::filesystem::path> &files);

    int fd() const { return poll_fd_; }

    /// To be called when fd() is readable. True where a file has changed since the last time.
    bool on_readable();

  private:
    using Place = std::pair<std::filesystem::path, std::string>; ///< a folder and a name in it

    static void add_places(const std::filesystem::path &file, std::set<Place> &out);
    void follow();
    bool take_events();

    int poll_fd_ = -1;
    int inotify_fd_ = -1;
    int timer_fd_ = -1;
    std::vector<std::filesystem::path> files_;
    std::set<Place> places_; ///< at which a file, or a link to it, may be replaced
    std::map<int, std::filesystem::path> folders_; ///< by watch descriptor
};

} // namespace headroom
