// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/offline_output_file.hpp"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headroom::app {

namespace {

constexpr mode_t kMode = 0666;

tl::unexpected<Diagnostic> cannot_write(const std::filesystem::path &file, int error) {
    return tl::unexpected<Diagnostic>(
        Diagnostic{.message = "cannot be written: " + std::generic_category().message(error),
                   .file = file.string()});
}

} // namespace

OutputFile::OutputFile(std::filesystem::path file, std::filesystem::path hidden)
    : path_(std::move(file)), hidden_(std::move(hidden)) {}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path_(std::move(other.path_)),
      hidden_(std::move(other.hidden_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      has_hidden_name_(std::exchange(other.has_hidden_name_, false)) {}

OutputFile::~OutputFile() {
    if (has_hidden_name_)
        ::unlink(hidden_.c_str());
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

Result<OutputFile> OutputFile::create(const std::filesystem::path &file) {
    std::error_code error;
    // Absolute first: of a name without a folder that does not exist yet it would make no more.
    std::filesystem::path target =
        std::filesystem::weakly_canonical(std::filesystem::absolute(file, error), error);
    if (error)
        return cannot_write(file, error.value());
    if (std::filesystem::exists(target, error) && !std::filesystem::is_regular_file(target, error))
        return tl::unexpected<Diagnostic>(
            Diagnostic{.message = "is not a regular file", .file = file.string()});

    const std::filesystem::path folder = target.parent_path();
    if (!std::filesystem::is_directory(folder, error))
        return tl::unexpected<Diagnostic>(
            Diagnostic{.message = "cannot be written: there is no folder " + folder.string(),
                       .file = file.string(),
                       .remedy = "make it first: mkdir -p " + folder.string()});
    static std::atomic<unsigned> count{0};
    const std::string hidden_name =
        ".headroom-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
    OutputFile out(std::move(target), folder / hidden_name);
    ::unlink(out.hidden_.c_str()); // of a program that was killed and had the same process id
    out.descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode);
    if (out.descriptor_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        out.descriptor_ = ::open(out.hidden_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kMode);
        out.has_hidden_name_ = out.descriptor_ >= 0;
    }
    if (out.descriptor_ < 0)
        return cannot_write(file, errno);
    return out;
}

Result<void> OutputFile::commit() {
    if (!has_hidden_name_) {
        const std::string unnamed = "/proc/self/fd/" + std::to_string(descriptor_);
        if (::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, hidden_.c_str(), AT_SYMLINK_FOLLOW) != 0)
            return cannot_write(path_, errno);
        has_hidden_name_ = true;
    }
    if (::rename(hidden_.c_str(), path_.c_str()) != 0)
        return cannot_write(path_, errno);
    has_hidden_name_ = false;
    return {};
}

} // namespace headroom::app
