// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/wire/packet.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace headroom::osc {

enum class Transport { udp, tcp };

/// How a subscription is told; see headroom-osc(7).
struct SubscriptionOptions {
    int rate_hz = 20;             ///< 1..60
    std::string form = "natural"; ///< or "norm", "text", or for meters on a thin line "packed"
};

/// Speaks to a running headroom over OSC. Not thread-safe; blocking, with a timeout.
///
/// Everything that takes time happens inside the calls that wait: call receive() often while
/// anything is subscribed or set. There packets are acknowledged, values that were not confirmed
/// are sent again, and after a silence or a restart of the server everything is subscribed anew,
/// upon which the full state comes first.
class Client {
  public:
    using Duration = std::chrono::milliseconds;
    using Handler = std::function<void(const Message &)>;

    static tl::expected<std::unique_ptr<Client>, std::string>
    open(const std::string &host = "127.0.0.1", std::uint16_t port = 9140,
         Transport transport = Transport::udp);
    ~Client();

    /// Sends and waits for the answer on the same address. The failure is the server's error text,
    /// or that nothing answered.
    tl::expected<Message, std::string> request(const Message &message,
                                               Duration timeout = Duration(1000));

    /// Sends and gathers every answer below `address` until the server's end mark
    /// ("<address>/end").
    tl::expected<std::vector<Message>, std::string> list(const Message &message,
                                                         Duration timeout = Duration(1000));

    /// The value of an address.
    tl::expected<Argument, std::string> get(const std::string &address,
                                            Duration timeout = Duration(1000));

    /// Sends the value now and again until the server has confirmed it. Of several values of one
    /// address the last arrives for sure, those before only where the line has room for them. An
    /// error comes as a /headroom/error to receive(). Not for actions and patterns: send() those.
    void set(const std::string &address, Argument value);
    /// Whether every set() has been confirmed or refused.
    bool is_settled() const;

    /// Sends a bundle of at most 60 messages that the engine applies at one frame, lead() from now
    /// and after those of the calls before. What is lost is sent again, up to 5 s after its time,
    /// and happens once; only where TCP breaks off it may be lost. The first call asks for the
    /// server's clock and may wait for a second.
    void set_timed(std::span<const Message> values);
    /// Rises at once by the deficit of a late landing, falls slowly while reports show slack;
    /// 20 ms to 3 s.
    Duration lead() const;

    /// Wants the current values of everything that the pattern covers, and every change. They go
    /// to the handler, from within receive(), or come out of receive() where there is none.
    /// Packed meters come as one message for each, as if they were natural.
    void subscribe(const std::string &pattern, const SubscriptionOptions &options = {},
                   Handler handler = {});
    void unsubscribe(const std::string &pattern);

    void send(const Message &message);
    /// The next message from the server that no handler takes, if one comes in time.
    std::optional<Message> receive(Duration timeout);

    /// Whether the server has been heard of in the last seconds; only known where something is
    /// subscribed or set.
    bool is_connected() const;

  private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
