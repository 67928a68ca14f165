// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/port_file.hpp"

#include "config/runtime_folder.hpp"
#include "osc/server.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace headroom::app {

namespace {

bool is_same_file(int fd, const std::filesystem::path &file) {
    struct stat open {};
    struct stat named {};
    return ::fstat(fd, &open) == 0 && ::stat(file.c_str(), &named) == 0 &&
           open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

tl::unexpected<Diagnostic> cannot_write(const std::filesystem::path &file) {
    return failure("cannot write " + file.string() + ": " + std::generic_category().message(errno));
}

} // namespace

Result<std::unique_ptr<PortFile>> PortFile::write(std::uint16_t port) {
    if (told_port())
        return nullptr;
    const auto folder = runtime_folder();
    if (!folder)
        return tl::unexpected(folder.error());
    const auto file = *folder / "port";
    const auto beside = *folder / ("port." + std::to_string(::getpid()));
    osc::FileDescriptor lock(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const std::string text = std::to_string(port) + "\n";
    if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 ||
        ::write(lock.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        std::rename(beside.c_str(), file.c_str()) != 0) {
        const auto failed = cannot_write(file);
        ::unlink(beside.c_str());
        return failed;
    }
    return std::unique_ptr<PortFile>(new PortFile(file, std::move(lock)));
}

PortFile::~PortFile() {
    if (is_same_file(lock_.get(), file_))
        ::unlink(file_.c_str());
}

std::optional<std::uint16_t> told_port() {
    const auto folder = runtime_folder();
    if (!folder)
        return std::nullopt;
    const osc::FileDescriptor file(::open((*folder / "port").c_str(), O_RDONLY | O_CLOEXEC));
    // Whoever has written it and lives holds it.
    if (!file || ::flock(file.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return std::nullopt;
    std::array<char, 16> text{};
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    std::uint16_t port = 0;
    if (size <= 0 || std::from_chars(text.data(), text.data() + size, port).ec != std::errc())
        return std::nullopt;
    return port;
}

std::uint16_t port_of_own_headroom() {
    return told_port().value_or(osc::ServerOptions().port);
}

} // namespace headroom::app
