// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/state_file.hpp"

#include "config/yaml_document.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>

namespace headroom {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Diagnostic> cannot(const char *what, const fs::path &file, int error) {
    return tl::unexpected(Diagnostic{.message = std::string("cannot be ") + what + ": " +
                                                std::generic_category().message(error),
                                     .file = file.string()});
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

} // namespace

fs::path state_folder() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
    const char *folder = std::getenv("XDG_STATE_HOME");
    if (folder && *folder)
        return fs::path(folder) / "headroom";
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char *home = std::getenv("HOME");
    return fs::path(home && *home ? home : ".") / ".local" / "state" / "headroom";
}

Result<void> write_state(const fs::path &file, std::string_view text) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    const std::string beside = file.string() + "." + std::to_string(getpid());
    const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot("written", file, errno);
    const bool written = write_all(fd, text) && ::fsync(fd) == 0;
    const int write_error = errno;
    ::close(fd);
    if (written && std::rename(beside.c_str(), file.c_str()) == 0)
        return {};
    const int failed = written ? errno : write_error;
    ::unlink(beside.c_str());
    return cannot("written", file, failed);
}

Result<std::optional<std::string>> read_state(const fs::path &file) {
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        if (errno == ENOENT)
            return std::nullopt;
        return cannot("read", file, errno);
    }
    std::string text(kMaxYamlBytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad())
        return cannot("read", file, errno);
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxYamlBytes)
        return cannot("read", file, EFBIG);
    return text;
}

std::string yaml_quoted(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (byte < 0x20 || byte == 0x7f)
            out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
        else
            out += c;
    }
    return out + "\"";
}

} // namespace headroom
