// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"
#include "osc/clock.hpp"
#include "osc/command_table.hpp"
#include "osc/error_limiter.hpp"
#include "osc/once_numbers.hpp"
#include "osc/peer.hpp"
#include "osc/peer_times.hpp"
#include "osc/subscriptions.hpp"
#include "osc/timed_bundles.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace headroom::osc {

/// What packets mean. A turn takes in packets, then decodes and checks each as a whole and carries
/// it out in the order of its peer, for a bounded time; then values that were set go to the surface
/// together, the newest of each address, and the answers are sent. What the time does not suffice
/// for waits for the next turn, each peer in its own queue. A bundle for later waits until shortly
/// before its time; then its values go to the surface with the frame at which they hold. Knows no
/// sockets, and the time only as it is told. Belongs to the control thread.
class Dispatcher {
  public:
    /// Most answers to one peer in one turn.
    static constexpr std::size_t kAnswers = 4096;
    /// With so many a peer waits for the next turn, if more than values of one packet is left.
    static constexpr std::size_t kAnswersBeforeOthers = 512;
    /// Most peers that have their answers sent to another port.
    static constexpr std::size_t kRedirects = 64;
    /// How long before its time a bundle goes to the surface: long enough for the control thread to
    /// be late, short enough for what is set meanwhile to count.
    static constexpr std::chrono::milliseconds kHandOver{100};
    /// Steps of the pattern matcher that one packet may take.
    static constexpr std::uint64_t kStepsPerPacket = 1'000'000;
    /// How long a turn carries out packets.
    static constexpr std::chrono::milliseconds kTurn{3};
    /// Most bytes of a peer, and of all, that wait for their turn.
    static constexpr std::size_t kWaitingBytes = 256 * 1024;
    static constexpr std::size_t kWaitingBytesInAll = 4 * 1024 * 1024;
    /// Most heavy commands of one packet.
    static constexpr int kHeavyPerPacket = 4;
    /// How long a list of profiles, which are read from disk, is good for.
    static constexpr std::chrono::milliseconds kListAge{250};
    /// How long after a peer has sent a keep-alive of headroom's its packets are nothing but
    /// answers.
    static constexpr std::chrono::seconds kAnswersOnly{3};

    /// Both must outlive the dispatcher. `wake` is called when somebody else changed a value, so
    /// that flush() is due.
    Dispatcher(control::ControlSurface &surface, std::int32_t epoch, Deliver deliver,
               std::function<void()> wake, bool flow_control = true, Clock clock = Clock());

    /// Takes in one packet of any bytes. What only sets a number takes effect when the turn ends;
    /// everything else is decoded only then.
    void handle(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now);
    /// An error to a peer whose packet could not even be read.
    void refuse_packet(const Peer &peer, const std::string &text, TimePoint now);
    /// Says which addresses are our own: nothing is ever sent there.
    void set_own(std::function<bool(const Endpoint &)> is_own) { is_own_ = std::move(is_own); }
    /// Whether a packet of this size has to wait outside: the queue of the peer is full.
    bool is_full(const Peer &peer, std::size_t bytes) const;
    /// Carries out what was taken in, applies what was set and sends the answers.
    void finish_turn(TimePoint now);
    /// Packets wait for another turn.
    bool has_work() const { return !inboxes_.empty(); }
    bool has_work(const Peer &peer) const { return inbox_of_.contains(peer); }

    /// Between turns: hands over bundles whose time comes, and sends what subscribers and others
    /// wait for. Returns when it wants to be called again.
    std::optional<TimePoint> flush(TimePoint now);
    void forget(const Peer &peer);
    const AddressSpace &addresses() const { return addresses_; }

    /// Tells the peer of everything that the pattern covers, for good.
    tl::expected<void, Refusal> add_static_peer(const Peer &peer, const Interest &interest,
                                                TimePoint now) {
        return subscriptions_.subscribe_for_good(peer, interest, now);
    }
    void end_static_peers() { subscriptions_.end_for_good(); }
    std::vector<Peer> subscribers() const { return subscriptions_.peers(); }

  private:
    static constexpr std::string_view kStatusPrefix = "/headroom/status/";
    static constexpr std::string_view kRoutePrefix = "/headroom/route/";

    /// What is left to do for a message that was checked.
    using Operation = std::function<void()>;
    using Plan = tl::expected<Operation, Refusal>;
    using Command = Plan (Dispatcher::*)(const Peer &, const Message &, TimePoint);

    struct Step {
        Operation run;
        const CommandInfo *command = nullptr; ///< of a command that acts
        bool sets = false;                    ///< values, which hold from one frame on
    };
    struct Waiting {
        Peer peer;
        TimePoint came;
        std::vector<std::uint8_t> bytes;
    };
    struct Inbox {
        Peer peer;
        std::deque<Waiting> packets;
        std::size_t bytes = 0;
        std::deque<Step> steps;   ///< left of the packet that is carried out
        std::size_t together = 0; ///< of these, that belong into one turn
        TimePoint sent{};         ///< as sent_, of that packet
    };
    using Lister = std::function<std::vector<Message>()>;

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
    struct ClockReading {
        Argument asked; ///< the time that the question carried
        TimePoint came;
    };
    /// Values are read when the turn has ended.
    using Answer = std::variant<Confirmation, Question, Correlated, ClockReading, Message>;
    struct Answers {
        std::vector<Answer> list;
        std::unordered_set<const Entry *> confirmed;
    };
    using AnswersByPeer = std::unordered_map<Peer, Answers, PeerHash>;

    static const std::unordered_map<std::string_view, Command> &commands();

    // turns.cpp
    bool is_answer(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now);
    void enqueue(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now);
    void work();
    void carry_on(Inbox &inbox);
    std::deque<Step> check(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now);
    void write_now();
    bool is_changed(control::ProfileControl &control, const std::string &path);
    bool has_room(const Peer &peer) const;

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
    Plan plan_route(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_route_write(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_set_route(const Peer &peer, const std::string &address,
                        const std::string &application, const std::string &route, TimePoint now);
    Plan plan_port(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_history(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_meters_layout(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_meters_reset(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_profile(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_profile_list(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_profile_why(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_profile_reload(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_overlay(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_overlay_clear(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_midi_learn(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_midi_forget(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_midi_list(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_midi_resend(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_clock(const Peer &peer, const Message &message, TimePoint now);
    Plan plan_front(const Peer &peer, const Message &message, TimePoint now);

    /// The short way for a packet that only sets one address to a number. False, and nothing done,
    /// where it is anything else or cannot be done.
    bool set_number(const Peer &peer, std::span<const std::uint8_t> bytes);
    tl::expected<std::vector<const Entry *>, Refusal> resolve(const std::string &address);
    std::vector<Message> status_messages() const;
    std::vector<Message> route_messages() const;
    std::vector<std::string> matching_applications(const std::string &name);
    bool has_patterns_left() const { return addresses_.steps() - steps_ < kStepsPerPacket; }
    /// Answers with all messages and the end mark that counts them.
    Operation listing(const Peer &peer, std::string address, Lister messages);

    // timing.cpp
    /// Takes the stamp and the number from the front of the elements, where there are any. False
    /// where a packet with this number came before.
    tl::expected<bool, Refusal> take_front(const Peer &peer, std::span<Packet::Element> &elements,
                                           TimePoint now);
    std::optional<engine::StreamTime> running_stream() const;
    TimePoint due(const Peer &peer, TimeTag tag) const;
    double margin_ms(TimePoint due) const;
    tl::expected<void, Refusal> check_room(const Peer &peer,
                                           std::span<const TimedBundle> bundles) const;
    /// Lets one that is in time wait, and counts one that is late and has been applied.
    void take_in(TimedBundle bundle);
    /// Neither asks for a value nor sets one, so the surface need not know before its time.
    static bool is_command(const std::string &address);
    void hand_over_due();
    void hand_over(TimedBundle bundle, const std::optional<engine::StreamTime> &stream);
    struct Landing;
    void land(Landing landing);
    static std::chrono::nanoseconds hand_over_time(const engine::StreamTime &stream);
    std::optional<TimePoint> next_due() const;

    float current(Item item) const;
    /// Whether a newer value than the one that is handled now has been applied.
    bool is_stale(const Entry &entry) const;
    void set(const Peer &peer, const Entry &entry, float value);
    void answer(const Peer &peer, Answer answer);
    bool send(const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) const;
    void refuse(const Peer &peer, const std::string &address, const Refusal &refusal,
                TimePoint now);
    void note_time(TimePoint now);
    std::vector<control::ParameterWrite> take_writes();
    void send_answers(const AnswersByPeer &answers, const std::optional<std::string> &write_error);
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
    std::shared_ptr<std::function<void()>> strip_observer_;

    struct Redirect {
        std::uint16_t port;
        TimePoint heard;
        mutable TimePoint alive_due{}; ///< so that another headroom there knows answers
    };
    std::unordered_map<Peer, Redirect, PeerHash> redirects_;

    std::function<void()> wake_;
    std::function<bool(const Endpoint &)> is_own_ = [](const Endpoint &) { return false; };
    Clock clock_;
    PeerTimes peer_times_;
    OnceNumbers once_;
    TimedBundles timed_;
    TimePoint now_{}; ///< as last told
    /// Handed over, but not yet there: actions that hold later still count from it.
    struct Coming {
        float value;
        int bundles;
    };
    std::unordered_map<Item, Coming> coming_;
    std::multiset<std::uint64_t> coming_frames_;
    std::vector<TimePoint> newest_; ///< by item: when the newest value was sent
    std::vector<Item> foreign_;     ///< set by somebody else since now_

    // Of the turn.
    std::vector<std::optional<float>> wanted_; ///< by item
    std::vector<Item> written_;                ///< items with a wanted value, in order
    AnswersByPeer answers_;
    TimePoint sent_{}; ///< when what is handled now was sent, as near as can be told
    std::span<const Packet::Element> before_; ///< in the packet that is checked
    bool is_handing_over_ = false;
    bool is_writing_ = false;
    std::uint64_t steps_ = 0; ///< of the pattern matcher, before the packet
    std::optional<std::string> write_error_;

    std::list<Inbox> inboxes_; ///< whose turn it is next comes first; none is empty
    std::unordered_map<Peer, std::list<Inbox>::iterator, PeerHash> inbox_of_;
    std::size_t waiting_bytes_ = 0;
    std::optional<Peer> carried_out_; ///< whose packet that is now; nothing once it is gone
    std::unordered_map<Peer, TimePoint, PeerHash> answering_; ///< until when they are headrooms
    struct {
        TimePoint good_until{};
        std::vector<Message> messages;
    } profile_list_;
    std::vector<Message> listed_; ///< status and routes, for a turn at most
    std::optional<std::vector<control::ApplicationStatus>> running_; ///< as listed_

    /// What calls back later looks here whether the dispatcher still lives.
    std::shared_ptr<int> life_ = std::make_shared<int>();
};

} // namespace headroom::osc
