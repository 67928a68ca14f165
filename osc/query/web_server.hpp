// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"
#include "osc/query/origins.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace headroom::osc {

/// HTTP and WebSocket on sockets that somebody else has accepted, by libwebsockets in the loop of
/// the control thread. Serves programs, and the pages that Origins lets in: other requests are
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
        std::function<void()> opened; ///< a WebSocket
        std::function<void(std::uint64_t connection)> gone;
    };

    /// When a connection that says nothing ends. A client that vanishes without a word gives its
    /// place back then.
    struct Patience {
        std::chrono::seconds handshake{5}; ///< for a whole request
        std::chrono::seconds ping{15};     ///< of silence; then a WebSocket is asked for a sign
        std::chrono::seconds hang_up{35};  ///< of silence of a WebSocket, pongs included
    };

    /// Nothing where libwebsockets cannot start. The loop must outlive this.
    static std::unique_ptr<WebServer> start(control::EventLoop &loop, Handler handler,
                                            Origins origins, const Patience &patience);
    static std::unique_ptr<WebServer> start(control::EventLoop &loop, Handler handler,
                                            Origins origins) {
        return start(loop, std::move(handler), std::move(origins), Patience());
    }
    ~WebServer();

    /// Takes the socket of a caller from `host` over. If all places are taken, another connection
    /// gives way (see gives_way()).
    /// refusal: why the caller may not ask for anything; "" if he may.
    void adopt(int socket, std::uint64_t connection, const std::string &host,
               const std::string &refusal = {});

    /// Has the connection end.
    void end(std::uint64_t connection);

    /// Sends one binary frame to a WebSocket. False where it is gone, or, unless it `must` be sent,
    /// where many earlier frames still wait.
    bool send(std::uint64_t connection, std::span<const std::uint8_t> bytes, bool must);

    /// Sends a text to every WebSocket.
    void tell_all(std::string_view text);
    bool has_websockets() const;

  private:
    struct Impl;
    explicit WebServer(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

} // namespace headroom::osc
