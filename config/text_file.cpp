// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/text_file.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headroom {

namespace {

namespace fs = std::filesystem;

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

tl::unexpected<Diagnostic> cannot(const char *what, const fs::path &file, const std::string &why) {
    return tl::unexpected(Diagnostic{.message = std::string("cannot be ") + what + ": " + why,
                                     .file = file.string()});
}

tl::unexpected<Diagnostic> cannot(const char *what, const fs::path &file, int error) {
    return cannot(what, file, std::generic_category().message(error));
}

/// Nothing for a regular file.
std::optional<std::string> no_regular_file(mode_t mode) {
    if (S_ISREG(mode))
        return std::nullopt;
    if (S_ISDIR(mode))
        return "it is a folder";
    if (S_ISFIFO(mode))
        return "it is a pipe, not a file";
    if (S_ISSOCK(mode))
        return "it is a socket, not a file";
    return "it is a device, not a file";
}

/// Reads to the end or to the limit; the error, or nothing.
std::optional<int> read_all(int fd, std::size_t most_bytes, std::string &text) {
    std::array<char, 16384> part{};
    while (text.size() < most_bytes) {
        const ssize_t got =
            ::read(fd, part.data(), std::min(part.size(), most_bytes - text.size()));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    return std::nullopt;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// What is there already stays as it is.
std::error_code make_folder(const fs::path &folder, Access access) {
    std::error_code error;
    if (folder.empty() || fs::is_directory(folder, error))
        return {};
    if (const auto above = make_folder(folder.parent_path(), access))
        return above;
    if (::mkdir(folder.c_str(), access == Access::owner ? 0700 : 0777) != 0 && errno != EEXIST)
        return {errno, std::generic_category()};
    return {};
}

/// So that the new name outlives a loss of power too.
void sync_folder(const fs::path &folder) {
    const Descriptor fd(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() >= 0)
        ::fsync(fd.get());
}

/// A new file beside another, under a name that nobody else has; -1 and errno without one.
int open_beside(const fs::path &file, Access access, std::string &beside) {
    static std::atomic<unsigned> count{0};
    constexpr int kTries = 100; // names that a crash has left behind
    for (int tries = 0; tries < kTries; ++tries) {
        beside = file.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(count++);
        const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              access == Access::owner ? 0600 : 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

Result<void> put(const fs::path &wanted, std::string_view text, Access access, bool is_new) {
    const fs::path file = link_target(wanted);
    if (const auto error = make_folder(file.parent_path(), access))
        return cannot("written", wanted, error.message());
    std::string beside;
    const int fd = open_beside(file, access, beside);
    if (fd < 0)
        return cannot("written", wanted, errno);
    bool done = write_all(fd, text) && ::fsync(fd) == 0;
    int error = errno;
    if (::close(fd) != 0 && done) { // a network's disk may tell only now that it is full
        error = errno;
        done = false;
    }
    if (done) {
        done = (is_new ? ::link(beside.c_str(), file.c_str())
                       : std::rename(beside.c_str(), file.c_str())) == 0;
        error = errno;
    }
    if (is_new || !done)
        ::unlink(beside.c_str());
    if (!done)
        return cannot("written", wanted, error);
    sync_folder(file.parent_path());
    return {};
}

} // namespace

Result<std::optional<std::string>> read_text_if_there(const fs::path &file,
                                                      std::size_t most_bytes) {
    struct stat about {};
    // Asked before it is opened: to open a device may do something.
    if (::stat(file.c_str(), &about) != 0) {
        if (errno == ENOENT)
            return std::nullopt;
        return cannot("read", file, errno);
    }
    if (const auto why = no_regular_file(about.st_mode))
        return cannot("read", file, *why);
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0)
        return cannot("read", file, errno);
    if (const auto why = no_regular_file(about.st_mode))
        return cannot("read", file, *why);
    std::string text;
    if (const auto error = read_all(fd.get(), most_bytes + 1, text))
        return cannot("read", file, *error);
    return text;
}

Result<std::string> read_text(const fs::path &file, std::size_t most_bytes) {
    auto text = read_text_if_there(file, most_bytes);
    if (!text)
        return tl::unexpected(std::move(text.error()));
    if (!*text)
        return cannot("read", file, ENOENT);
    return std::move(**text);
}

std::error_code make_own_folder(const fs::path &folder) {
    return make_folder(folder, Access::owner);
}

Result<void> write_text(const fs::path &file, std::string_view text, Access access) {
    return put(file, text, access, false);
}

Result<void> write_new_text(const fs::path &file, std::string_view text, Access access) {
    return put(file, text, access, true);
}

fs::path link_target(const fs::path &file) {
    constexpr int kMaxLinks = 40; // as the kernel follows them
    fs::path out = file;
    for (int links = 0; links < kMaxLinks; ++links) {
        std::error_code error;
        const fs::path next = fs::read_symlink(out, error);
        if (error)
            return out;
        out = next.is_absolute() ? next : out.parent_path() / next;
    }
    return file;
}

} // namespace headroom
