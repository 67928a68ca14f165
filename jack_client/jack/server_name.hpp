// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace headroom::jack {

/// A JACK server name that nobody else on this machine holds, given back with this object. JACK2
/// knows at most eight servers, and forgets one that was killed only when its name is used again;
/// names from a small pool therefore never run out.
class ServerName {
  public:
    /// Takes the first free one of "<prefix>-1" to "<prefix>-<count>". Not real-time safe.
    static std::optional<ServerName> lease(const std::string &prefix, int count);

    ServerName(ServerName &&other) noexcept
        : text_(std::move(other.text_)), socket_(std::exchange(other.socket_, -1)) {}
    ServerName &operator=(ServerName &&other) noexcept {
        std::swap(text_, other.text_);
        std::swap(socket_, other.socket_);
        return *this;
    }
    ~ServerName();

    const std::string &text() const { return text_; }
    /// A process that inherits it holds the name as well.
    int lock() const { return socket_; }

  private:
    ServerName(std::string text, int socket) : text_(std::move(text)), socket_(socket) {}
    std::string text_;
    int socket_; ///< bound to an abstract address: the kernel releases it whatever happens to us
};

} // namespace headroom::jack
