// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/query/origins.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace headroom::osc {

/// HTTP and WebSocket on sockets that somebody else has accepted, by libwebsockets inside a poll
/// loop of the caller's. Serves programs, and the pages that Origins lets in: other requests are
/// refused with 403 and the reason. Belongs to one thread.
class WebServer {
  public:
    static constexpr std::size_t kConnections = 64;
    static constexpr std::size_t kMessageBytes = 4096;      ///< longest that a client may send
    static constexpr std::size_t kUpdateBytes = 16 * 1024;  ///< unsent, with updates
    static constexpr std::size_t kUnsentBytes = 256 * 1024; ///< then a client has stopped to read

    struct Answer {
        int status = 200;
        std::string json; ///< "" sends none
    };
    /// What connections say, by the number under which they were adopted. None of them may call
    /// back into this, except send().
    struct Handler {
        /// `local_ip` is the end of the connection on this side.
        std::function<Answer(std::string_view path, std::string_view query,
                             const std::string &local_ip)>
            get;
        std::function<void(std::uint64_t connection, std::string_view text)> text;
        std::function<void(std::uint64_t connection, std::span<const std::uint8_t> packet)> binary;
        std::function<void(std::uint64_t connection)> gone;
    };

    /// Nothing where libwebsockets cannot start.
    static std::unique_ptr<WebServer> start(Handler handler, Origins origins);
    ~WebServer();

    /// Can be read when on_ready() has something to do.
    int fd() const;
    /// Milliseconds after which on_ready() has something to do anyway; -1 for never.
    int timeout_ms() const;
    void on_ready();

    /// Takes the socket over, and closes it where there are too many. Then on_ready() is due.
    /// refusal: why the caller may not ask for anything; "" if he may.
    void adopt(int socket, std::uint64_t connection, const std::string &refusal = {});

    /// Has the connection end. Then on_ready() is due.
    void end(std::uint64_t connection);

    /// Sends one binary frame to a WebSocket. False where it is gone, or, unless it `must` be sent,
    /// where many earlier frames still wait. Then on_ready() is due.
    bool send(std::uint64_t connection, std::span<const std::uint8_t> bytes, bool must);

  private:
    struct Impl;
    explicit WebServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
