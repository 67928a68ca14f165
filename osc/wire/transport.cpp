// SPDX-License-Identifier: MPL-2.0
#include "osc/wire/transport.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headroom::osc {

namespace {

tl::unexpected<SocketError> failed(const std::string &attempt) {
    const int code = errno;
    return tl::unexpected<SocketError>(
        {code, attempt + ": " + std::generic_category().message(code)});
}

void set_option(const FileDescriptor &fd, int level, int option, int value) {
    ::setsockopt(fd.get(), level, option, &value, sizeof value);
}

tl::expected<FileDescriptor, SocketError> open_socket(const Endpoint &endpoint, int type) {
    FileDescriptor fd(::socket(endpoint.family(), type | SOCK_CLOEXEC, 0));
    if (!fd)
        return failed("cannot open a socket");
    if (endpoint.family() == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
}

tl::expected<FileDescriptor, SocketError> open_udp(const Endpoint &endpoint) {
    return open_socket(endpoint, SOCK_DGRAM | SOCK_NONBLOCK);
}

bool is_passing(int code) {
    return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

} // namespace

Endpoint::Endpoint(const sockaddr_storage &address, socklen_t size)
    : address_(address), size_(size) {}

std::optional<Endpoint> Endpoint::parse(std::string_view host, std::uint16_t port) {
    const std::string text(host == "localhost" ? "127.0.0.1" : host);
    sockaddr_storage storage{};
    auto &v4 = reinterpret_cast<sockaddr_in &>(storage);
    if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        return Endpoint(storage, sizeof(sockaddr_in));
    }
    auto &v6 = reinterpret_cast<sockaddr_in6 &>(storage);
    if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        return Endpoint(storage, sizeof(sockaddr_in6));
    }
    return std::nullopt;
}

std::uint16_t Endpoint::port() const {
    // Both families keep the port in the same place.
    return ntohs(reinterpret_cast<const sockaddr_in &>(address_).sin_port);
}

Endpoint Endpoint::with_port(std::uint16_t port) const {
    Endpoint other = *this;
    reinterpret_cast<sockaddr_in &>(other.address_).sin_port = htons(port);
    return other;
}

std::span<const std::uint8_t> Endpoint::ip() const {
    if (address_.ss_family == AF_INET6)
        return std::span(reinterpret_cast<const sockaddr_in6 &>(address_).sin6_addr.s6_addr);
    const auto &v4 = reinterpret_cast<const sockaddr_in &>(address_).sin_addr;
    return {reinterpret_cast<const std::uint8_t *>(&v4), sizeof v4};
}

std::string Endpoint::host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(address_.ss_family, ip().data(), text.data(), text.size());
    return text.data();
}

std::string Endpoint::text() const {
    const std::string port_text = ":" + std::to_string(port());
    return family() == AF_INET6 ? "[" + host() + "]" + port_text : host() + port_text;
}

std::size_t Endpoint::hash() const {
    std::size_t value = port();
    for (const std::uint8_t byte : ip())
        value = value * 31 + byte;
    return value;
}

bool Endpoint::operator==(const Endpoint &other) const {
    return family() == other.family() && port() == other.port() &&
           std::equal(ip().begin(), ip().end(), other.ip().begin());
}

FileDescriptor::FileDescriptor(FileDescriptor &&other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor &FileDescriptor::operator=(FileDescriptor &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

int FileDescriptor::release() {
    return std::exchange(fd_, -1);
}

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0)
        ::close(fd_);
}

tl::expected<UdpSocket, SocketError> UdpSocket::bind(const Endpoint &local) {
    auto fd = open_udp(local);
    if (!fd)
        return tl::unexpected(fd.error());
    if (::bind(fd->get(), local.address(), local.size()) != 0)
        return failed("cannot listen on UDP " + local.text());
    return UdpSocket(std::move(*fd));
}

tl::expected<UdpSocket, SocketError> UdpSocket::connect(const Endpoint &remote) {
    auto fd = open_udp(remote);
    if (!fd)
        return tl::unexpected(fd.error());
    if (::connect(fd->get(), remote.address(), remote.size()) != 0)
        return failed("cannot reach UDP " + remote.text());
    return UdpSocket(std::move(*fd));
}

Endpoint local_endpoint(const FileDescriptor &fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &size);
    return {address, size};
}

tl::expected<std::optional<UdpSocket::Received>, SocketError>
UdpSocket::receive(std::span<std::uint8_t> buffer) {
    sockaddr_storage from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), MSG_TRUNC,
                                    reinterpret_cast<sockaddr *>(&from), &from_size);
    if (size >= 0)
        return Received{static_cast<std::size_t>(size), Endpoint(from, from_size)};
    if (is_passing(errno))
        return std::nullopt;
    return failed("cannot receive");
}

bool UdpSocket::send(std::span<const std::uint8_t> bytes, const Endpoint &to) {
    return ::sendto(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, to.address(), to.size()) >=
           0;
}

bool UdpSocket::send(std::span<const std::uint8_t> bytes) {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
}

bool UdpSocket::wait(std::chrono::milliseconds timeout) const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(timeout.count(), 0))) > 0;
}

TcpStream::TcpStream(FileDescriptor fd) : fd_(std::move(fd)) {
    constexpr int kUnsentBytes = 4096;
    set_option(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytes);
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
}

tl::expected<TcpStream, SocketError> TcpStream::connect(const Endpoint &remote,
                                                        std::chrono::milliseconds timeout) {
    const auto failure = [&] { return failed("cannot reach TCP " + remote.text()); };
    auto fd = open_socket(remote, SOCK_STREAM | SOCK_NONBLOCK);
    if (!fd)
        return tl::unexpected(fd.error());
    if (::connect(fd->get(), remote.address(), remote.size()) == 0)
        return TcpStream(std::move(*fd));
    if (errno != EINPROGRESS)
        return failure();
    pollfd waiting{fd->get(), POLLOUT, 0};
    errno = ETIMEDOUT;
    if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0)
        return failure();
    socklen_t size = sizeof errno;
    ::getsockopt(fd->get(), SOL_SOCKET, SO_ERROR, &errno, &size);
    if (errno != 0)
        return failure();
    return TcpStream(std::move(*fd));
}

std::optional<std::uint8_t> TcpStream::peek() const {
    std::uint8_t byte = 0;
    if (::recv(fd_.get(), &byte, 1, MSG_PEEK) != 1)
        return std::nullopt;
    return byte;
}

tl::expected<std::optional<std::size_t>, SocketError>
TcpStream::receive(std::span<std::uint8_t> buffer) {
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size >= 0)
        return static_cast<std::size_t>(size);
    if (is_passing(errno))
        return std::nullopt;
    return failed("cannot receive");
}

std::size_t TcpStream::on_the_way() const {
    int bytes = 0;
    ::ioctl(fd_.get(), SIOCOUTQ, &bytes);
    return static_cast<std::size_t>(std::max(bytes, 0));
}

tl::expected<std::size_t, SocketError> TcpStream::send(std::span<const std::uint8_t> bytes) {
    const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0)
        return static_cast<std::size_t>(size);
    if (is_passing(errno))
        return std::size_t{0};
    return failed("cannot send");
}

tl::expected<TcpListener, SocketError> TcpListener::bind(const Endpoint &local) {
    constexpr int kWaiting = 16;
    auto fd = open_socket(local, SOCK_STREAM | SOCK_NONBLOCK);
    if (!fd)
        return tl::unexpected(fd.error());
    set_option(*fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (::bind(fd->get(), local.address(), local.size()) != 0 || ::listen(fd->get(), kWaiting) != 0)
        return failed("cannot listen on TCP " + local.text());
    return TcpListener(std::move(*fd));
}

std::optional<std::pair<TcpStream, Endpoint>> TcpListener::accept() {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    FileDescriptor fd(
        ::accept4(fd_.get(), reinterpret_cast<sockaddr *>(&from), &size, SOCK_CLOEXEC));
    if (!fd)
        return std::nullopt;
    return std::pair(TcpStream(std::move(fd)), Endpoint(from, size));
}

} // namespace headroom::osc
