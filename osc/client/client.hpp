// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/wire/packet.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace headroom::osc {

/// Speaks to a running headroom over OSC. Not thread-safe; blocking, with a timeout.
class Client {
  public:
    using Duration = std::chrono::milliseconds;

    static tl::expected<std::unique_ptr<Client>, std::string>
    open(const std::string &host = "127.0.0.1", std::uint16_t port = 9140);
    ~Client();

    /// Sends and waits for the answer on the same address. The failure is the server's error text,
    /// or that nothing answered.
    tl::expected<Message, std::string> request(const Message &message,
                                               Duration timeout = Duration(1000));

    /// Sends and gathers every answer below `address` until the server's end mark
    /// ("<address>/end").
    tl::expected<std::vector<Message>, std::string> list(const Message &message,
                                                         Duration timeout = Duration(1000));

    void send(const Message &message);
    /// The next message from the server, if one comes in time.
    std::optional<Message> receive(Duration timeout);

  private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
