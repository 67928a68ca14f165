// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"
#include "osc/error_limiter.hpp"
#include "osc/peer.hpp"
#include "osc/subscriptions.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace headroom::osc {

/// What packets mean. Packets are handled in turns: values set in one turn go to the surface
/// together when it ends, the newest of each address, and only then are the answers sent. Knows no
/// sockets and no clock. Belongs to the control thread.
class Dispatcher {
  public:
    /// Most answers to one peer in one turn.
    static constexpr std::size_t kAnswers = 4096;
    /// Most peers that have their answers sent to another port.
    static constexpr std::size_t kRedirects = 64;
    /// Steps of the pattern matcher after which a turn should end.
    static constexpr std::uint64_t kStepsPerTurn = 1'000'000;

    /// Both must outlive the dispatcher. `wake` is called when somebody else changed a value, so
    /// that flush() is due.
    Dispatcher(control::ControlSurface &surface, std::int32_t epoch, Deliver deliver,
               std::function<void()> wake, bool flow_control = true);

    /// Takes in one packet of any bytes.
    void handle(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now);
    /// An error to a peer whose packet could not even be read.
    void refuse_packet(const Peer &peer, const std::string &text, TimePoint now);
    /// Whether the turn has done so much work that it should end now.
    bool is_turn_full() const { return steps_ >= kStepsPerTurn; }
    /// Applies what was set and sends the answers.
    void finish_turn();

    /// Sends what subscribers wait for. Returns when it wants to be called again.
    std::optional<TimePoint> flush(TimePoint now) { return subscriptions_.flush(now); }
    void forget(const Peer &peer) { subscriptions_.forget(peer); }

    /// Tells the peer of everything that the pattern covers, for good.
    tl::expected<void, Refusal> add_static_peer(const Peer &peer, const Interest &interest,
                                                TimePoint now) {
        return subscriptions_.subscribe_for_good(peer, interest, now);
    }

  private:
    static constexpr std::string_view kStatusPrefix = "/headroom/status/";
    static constexpr std::string_view kRoutePrefix = "/headroom/route/";

    /// What is left to do for a message that was checked.
    using Operation = std::function<void()>;
    using Plan = tl::expected<Operation, Refusal>;
    using Command = Plan (Dispatcher::*)(const Peer &, const Message &, TimePoint);

    struct Confirmation {
        const Entry *entry;
    };
    struct Question {
        const Entry *entry;
    };
    struct Correlated {
        std::int32_t id;
        const Entry *entry;
    };
    /// Values are read when the turn has ended.
    using Answer = std::variant<Confirmation, Question, Correlated, Message>;
    struct Answers {
        std::vector<Answer> list;
        std::unordered_set<const Entry *> confirmed;
    };

    static const std::unordered_map<std::string_view, Command> &commands();

    Plan plan(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_entries(const Peer &peer, const Message &message);
    Plan plan_status(const Peer &peer, const Message &message);
    Plan plan_subscribe(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_unsubscribe(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_ack(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_alive(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_get(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_list(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_info(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_status_list(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_route_list(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_port(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_meters_layout(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_meters_reset(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_profile(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_profile_list(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_profile_reload(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_overlay(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_overlay_clear(const Peer &peer, const Message &message, TimePoint now);

    tl::expected<std::vector<const Entry *>, Refusal> resolve(const std::string &address);
    std::vector<Message> status_messages() const;
    std::vector<Message> route_messages() const;
    /// Answers with all messages and the end mark that counts them.
    Operation listing(const Peer &peer, std::string address, std::vector<Message> messages);

    float current(Item item) const;
    void set(const Peer &peer, const Entry &entry, float value);
    void answer(const Peer &peer, Answer answer);
    bool send(const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) const;
    void refuse(const Peer &peer, const std::string &address, const Refusal &refusal,
                TimePoint now);
    Message resolved(const Peer &peer, const Answer &answer,
                     const std::optional<std::string> &write_error);

    control::ControlSurface &surface_;
    AddressSpace addresses_;
    std::int32_t epoch_;
    Deliver deliver_;
    Subscriptions subscriptions_;
    ErrorLimiter errors_;
    std::shared_ptr<std::function<void(control::ParameterTarget)>> observer_;
    std::shared_ptr<std::function<void(const std::string &)>> notice_observer_;

    struct Redirect {
        std::uint16_t port;
        TimePoint heard;
    };
    std::unordered_map<Peer, Redirect, PeerHash> redirects_;

    // Of the turn.
    std::vector<std::optional<float>> wanted_; ///< by item
    std::vector<Item> written_;                ///< items with a wanted value, in order
    std::unordered_map<Peer, Answers, PeerHash> answers_;
    std::uint64_t steps_ = 0;
};

} // namespace headroom::osc
