// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <tl/expected.hpp>
#include <utility>

namespace headroom::osc {

/// A failed system call: errno and what was attempted.
struct SocketError {
    int code = 0;
    std::string text;
};

/// An IPv4 or IPv6 address with a port.
class Endpoint {
  public:
    Endpoint() = default;
    Endpoint(const sockaddr_storage &address, socklen_t size);

    /// Reads "127.0.0.1", "::1" or "localhost", which is 127.0.0.1. Names are not looked up.
    static std::optional<Endpoint> parse(std::string_view host, std::uint16_t port);

    const sockaddr *address() const { return reinterpret_cast<const sockaddr *>(&address_); }
    socklen_t size() const { return size_; }
    int family() const { return address_.ss_family; }
    std::uint16_t port() const;
    Endpoint with_port(std::uint16_t port) const;
    /// Its 4 or 16 bytes, the highest first.
    std::span<const std::uint8_t> ip() const;
    std::string host() const;
    /// "127.0.0.1:9140" or "[::1]:9140".
    std::string text() const;
    std::size_t hash() const;
    bool operator==(const Endpoint &other) const;

  private:
    sockaddr_storage address_{};
    socklen_t size_ = 0;
};

/// Owns a file descriptor.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor &&other) noexcept;
    FileDescriptor &operator=(FileDescriptor &&other) noexcept;
    ~FileDescriptor();

    int get() const { return fd_; }
    /// It belongs to the caller from here on.
    int release();
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

/// The address and port that a socket is bound to.
Endpoint local_endpoint(const FileDescriptor &fd);

/// A non-blocking UDP socket.
class UdpSocket {
  public:
    struct Received {
        std::size_t size = 0; ///< of the datagram, which may be more than the buffer took
        Endpoint from;
    };

    /// Bound to the address and port; port 0 takes a free one.
    static tl::expected<UdpSocket, SocketError> bind(const Endpoint &local);
    /// Bound to a free port, speaking to `remote` only.
    static tl::expected<UdpSocket, SocketError> connect(const Endpoint &remote);

    int fd() const { return fd_.get(); }
    Endpoint local() const { return local_endpoint(fd_); }

    /// Nothing where no datagram waits. The error is what a connected socket reports: that nobody
    /// listens at the other end.
    tl::expected<std::optional<Received>, SocketError> receive(std::span<std::uint8_t> buffer);
    /// False where the datagram was not taken; it may be tried again later.
    bool send(std::span<const std::uint8_t> bytes, const Endpoint &to);
    /// To the other end of a connected socket.
    bool send(std::span<const std::uint8_t> bytes);
    /// Waits for a datagram or an error; false where none came in time.
    bool wait(std::chrono::milliseconds timeout) const;

  private:
    explicit UdpSocket(FileDescriptor fd) : fd_(std::move(fd)) {}
    FileDescriptor fd_;
};

/// One non-blocking TCP connection. Nagle's delay is off, and the kernel holds back little that it
/// has not sent, so that what is sent is not stale.
class TcpStream {
  public:
    explicit TcpStream(FileDescriptor fd);
    /// Waits until the other side has taken the connection.
    static tl::expected<TcpStream, SocketError>
    connect(const Endpoint &remote, std::chrono::milliseconds timeout = std::chrono::seconds(5));

    int fd() const { return fd_.get(); }
    /// This side of the connection.
    Endpoint local() const { return local_endpoint(fd_); }
    /// The first byte that waits, which goes on waiting.
    std::optional<std::uint8_t> peek() const;
    /// Gives the socket away.
    FileDescriptor take_socket() && { return std::move(fd_); }
    /// Bytes received, 0 where the other side has ended, nothing where none wait.
    tl::expected<std::optional<std::size_t>, SocketError> receive(std::span<std::uint8_t> buffer);
    /// Bytes that were sent and that the other side's kernel has not yet taken.
    std::size_t on_the_way() const;
    /// Bytes that were taken, perhaps none.
    tl::expected<std::size_t, SocketError> send(std::span<const std::uint8_t> bytes);

  private:
    FileDescriptor fd_;
};

/// A listening TCP socket.
class TcpListener {
  public:
    static tl::expected<TcpListener, SocketError> bind(const Endpoint &local);

    int fd() const { return fd_.get(); }
    Endpoint local() const { return local_endpoint(fd_); }
    /// The next connection that waits, and from where it comes.
    std::optional<std::pair<TcpStream, Endpoint>> accept();

  private:
    explicit TcpListener(FileDescriptor fd) : fd_(std::move(fd)) {}
    FileDescriptor fd_;
};

} // namespace headroom::osc
