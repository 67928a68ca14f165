// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/client/client.hpp"
#include "osc/wire/pattern.hpp"

#include <map>

namespace headroom::osc {

/// What the client has subscribed to, and what must be sent so that the server knows.
class Interests {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    void add(const std::string &pattern, const SubscriptionOptions &options,
             Client::Handler handler);
    void remove(const std::string &pattern);
    bool empty() const { return list_.empty(); }

    /// The server may have forgotten everything.
    void everything_again();

    /// The next packet to send now, if any; call until there is none.
    std::optional<std::vector<std::uint8_t>> next_packet(TimePoint now);
    /// When next_packet() has one.
    std::optional<TimePoint> due() const;

    /// Takes in what a message says about the subscriptions.
    void notice(const Message &message);
    /// The single meters in a blob; nothing where the message is something else.
    std::optional<std::vector<Message>> unpacked(const Message &message) const;
    /// Hands the message to the handlers that wait for it; false where there are none.
    bool handle(const Message &message) const;

  private:
    using Duration = std::chrono::steady_clock::duration;
    struct Interest {
        std::string pattern;
        SubscriptionOptions options;
        Client::Handler handler;
        std::optional<Pattern> compiled;
        bool is_confirmed = false;
        TimePoint due;
        Duration patience;
        std::optional<std::int32_t> layout; ///< of the last blob that we have no layout for
        TimePoint layout_due;

        bool covers(const std::string &address) const;
    };
    static void again(Interest &interest);

    std::vector<Interest> list_;
    std::map<std::int32_t, std::vector<std::string>> layouts_;
    std::map<std::int32_t, std::vector<std::string>> partial_layouts_;
};

} // namespace headroom::osc
