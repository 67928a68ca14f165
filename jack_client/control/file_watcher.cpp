// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/file_watcher.hpp"

#include <sys/stat.h>
#include <uv.h>

namespace headroom::control {

namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40; ///< as the kernel follows them

/// Tells a folder from another that has taken its place; nothing if there is none.
std::pair<dev_t, ino_t> identity(const fs::path &folder) {
    struct stat found {};
    return ::stat(folder.c_str(), &found) == 0 ? std::pair(found.st_dev, found.st_ino)
                                               : std::pair<dev_t, ino_t>();
}

} // namespace

/// libuv's watch of one folder, which stays where it is until libuv has closed it.
struct FileWatcher::Folder {
    struct Handle {
        uv_fs_event_t event{};
        Folder *folder = nullptr;
    };
    FileWatcher &owner;
    fs::path path;
    std::pair<dev_t, ino_t> which;
    Handle *handle = new Handle;

    Folder(FileWatcher &of, fs::path where)
        : owner(of), path(std::move(where)), which(identity(path)) {
        handle->folder = this;
        handle->event.data = handle;
        uv_fs_event_init(owner.loop_.uv(), &handle->event); // never fails
        uv_fs_event_start(
            &handle->event,
            [](uv_fs_event_t *event, const char *name, int, int) {
                if (const Folder *folder = static_cast<Handle *>(event->data)->folder)
                    folder->owner.on_event(fs::path(folder->path), name);
            },
            path.c_str(), 0);
    }
    ~Folder() {
        handle->folder = nullptr;
        uv_close(reinterpret_cast<uv_handle_t *>(&handle->event),
                 [](uv_handle_t *closed) { delete static_cast<Handle *>(closed->data); });
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    bool is_current() const {
        return which != std::pair<dev_t, ino_t>() && which == identity(path);
    }
};

FileWatcher::FileWatcher(EventLoop &loop, std::function<void()> changed)
    : loop_(loop), changed_(std::move(changed)) {}

FileWatcher::~FileWatcher() = default;

void FileWatcher::watch(const std::vector<fs::path> &files) {
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
    settling_.end();
}

/// Every symbolic link on the way to the file, and the file itself, or what is in it if it is a
/// folder; the first part of the way that is missing ends it.
void FileWatcher::add_places(const fs::path &file, std::set<Place> &out) {
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
        if (next.empty())
            out.emplace(reached, std::string());
        way = next;
    }
}

void FileWatcher::follow() {
    places_.clear();
    for (const fs::path &file : files_)
        add_places(file, places_);
    std::map<fs::path, std::unique_ptr<Folder>> folders;
    for (const auto &[folder, name] : places_) {
        if (folders.contains(folder))
            continue;
        auto known = folders_.extract(folder);
        if (known && known.mapped()->is_current())
            folders.insert(std::move(known));
        else
            folders.emplace(folder, std::make_unique<Folder>(*this, folder));
    }
    folders_ = std::move(folders);
}

/// `name` is in the folder, or the folder's own if that is moved or deleted.
void FileWatcher::on_event(const fs::path &folder, const char *name) {
    if (name != nullptr && !places_.contains({folder, name}) &&
        !places_.contains({folder, std::string()}) && folders_.at(folder)->is_current())
        return;
    follow();
    settling_ = loop_.on_timer(kSettle, [this] {
        follow();
        changed_();
        return std::chrono::milliseconds(-1);
    });
}

} // namespace headroom::control
