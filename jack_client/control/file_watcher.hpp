// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headroom::control {

/// Calls back when one of some files has another content, in whatever way it came there: written in
/// place, renamed over, deleted and created, or by way of any symbolic link on its path. A folder
/// stands for everything that is directly in it. Wakes for nothing else but what is created,
/// written or changed in its attributes in the same folders. Belongs to the control thread; must
/// end before its loop.
class FileWatcher {
  public:
    /// An editor may save in several steps; a file counts as changed once they are over.
    static constexpr std::chrono::milliseconds kSettle{50};

    FileWatcher(EventLoop &loop, std::function<void()> changed);
    ~FileWatcher();
    FileWatcher(const FileWatcher &) = delete;
    FileWatcher &operator=(const FileWatcher &) = delete;

    /// Watches these files from now on in place of any others; an empty path is none. Neither the
    /// files nor their folders need exist. Nothing happens if it watches them already.
    void watch(const std::vector<std::filesystem::path> &files);

  private:
    using Place = std::pair<std::filesystem::path, std::string>; ///< a folder and a name in it
    struct Folder;

    static void add_places(const std::filesystem::path &file, std::set<Place> &out);
    void follow();
    void on_event(const std::filesystem::path &folder, const char *name);

    EventLoop &loop_;
    std::function<void()> changed_;
    EventLoop::Watch settling_;
    std::vector<std::filesystem::path> files_;
    /// At which a file, or a link to it, may be replaced; with an empty name anything in the
    /// folder.
    std::set<Place> places_;
    std::map<std::filesystem::path, std::unique_ptr<Folder>> folders_;
};

} // namespace headroom::control
