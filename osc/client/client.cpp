// SPDX-License-Identifier: MPL-2.0
#include "osc/client/client.hpp"

#include "osc/client/connection.hpp"
#include "osc/client/interests.hpp"
#include "osc/client/pending_sets.hpp"
#include "osc/client/timed_sets.hpp"
#include "osc/client/update_order.hpp"

#include <algorithm>
#include <deque>
#include <string_view>
#include <thread>
#include <utility>

namespace headroom::osc {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

constexpr std::string_view kErrorAddress = "/headroom/error";
constexpr std::string_view kAck = "/headroom/ack";
constexpr std::string_view kAlive = "/headroom/alive";
constexpr std::size_t kKeptMessages = 4096; ///< that nobody asked for yet
constexpr std::size_t kAcknowledgedAtOnce = 64;
constexpr int kPacketsAtOnce = 64;

constexpr Clock::duration kSilence = 3500ms; ///< then nobody seems to be there
constexpr Clock::duration kAliveEach = 2s;   ///< renews the lease, and is answered
constexpr Clock::duration kAliveEachInSilence = 500ms;
constexpr Clock::duration kReconnectEach = 500ms;
constexpr Clock::duration kIntroduceEach = 100ms;
constexpr Client::Duration kClockTimeout = 1s;
constexpr Client::Duration kConnectTimeout = 5s;
constexpr Client::Duration kReconnectTimeout = 200ms;

/// The text of an error reply to `address`; nothing where the message is something else.
std::optional<std::string> error_about(std::string_view address, const Message &message) {
    if (message.address != kErrorAddress || message.arguments.size() != 3)
        return std::nullopt;
    const auto *about = std::get_if<std::string>(&message.arguments[0]);
    const auto *text = std::get_if<std::string>(&message.arguments[2]);
    if (about == nullptr || text == nullptr || (*about != address && !about->empty()))
        return std::nullopt;
    return *text;
}

std::optional<std::int32_t> count_of(const Message &end) {
    if (end.arguments.size() != 1)
        return std::nullopt;
    const auto *count = std::get_if<std::int32_t>(&end.arguments[0]);
    return count != nullptr ? std::optional(*count) : std::nullopt;
}

} // namespace

struct Client::Impl {
    Endpoint server;
    Transport transport;
    std::optional<Connection> connection; ///< nothing while TCP is down
    std::deque<Message> kept;             ///< received and not yet handed out
    std::optional<std::string> lost;      ///< why nothing can be received

    Interests interests;
    PendingSets sets;
    TimedSets timed{transport == Transport::udp};
    std::optional<std::int32_t> epoch;
    std::vector<Argument> to_acknowledge;
    UpdateOrder order;
    TimePoint heard;
    bool was_silent = false;
    TimePoint alive_due;
    TimePoint reconnect_due;

    bool needs_server() const { return !interests.empty() || !sets.empty() || timed.due(); }

    /// Off this machine the server gives a host no more than it sends before it has shown that
    /// packets reach it.
    void introduce(TimePoint deadline) {
        const bool is_near = server.host() == "127.0.0.1" || server.host() == "::1";
        while (!epoch && !is_near && transport == Transport::udp && Clock::now() < deadline) {
            send(encode({std::string(kAck), {std::int32_t{0}}}));
            send(encode({std::string(kAlive), {}}));
            const auto again = std::min(deadline, Clock::now() + kIntroduceEach);
            while (!epoch && fill(again))
                ;
        }
    }

    bool is_connected() const { return Clock::now() - heard < kSilence; }

    void send(std::span<const std::uint8_t> packet) {
        if (connection)
            connection->send(packet);
    }

    /// Sends all that is due.
    void keep_up() {
        const TimePoint now = Clock::now();
        if (!connection && reconnect_due <= now)
            reconnect(now);
        if (!needs_server())
            return;
        was_silent = was_silent || (heard != TimePoint() && now - heard >= kSilence);
        if (alive_due <= now) {
            send(encode({"/headroom/alive", {}}));
            alive_due = now + (now - heard < kSilence ? kAliveEach : kAliveEachInSilence);
        }
        while (const auto packet = interests.next_packet(now))
            send(*packet);
        if (const auto packet = sets.next_packet(now))
            send(*packet);
        while (const auto packet = timed.next_packet(now))
            send(*packet);
    }

    TimePoint next_due() const {
        if (!connection)
            return reconnect_due;
        if (!needs_server())
            return TimePoint::max();
        TimePoint next = alive_due;
        for (const auto &due : {interests.due(), sets.due(), timed.due()})
            next = std::min(next, due.value_or(next));
        return next;
    }

    void reconnect(TimePoint now) {
        reconnect_due = now + kReconnectEach;
        if (auto opened = Connection::open(server, transport, kReconnectTimeout)) {
            connection = std::move(*opened);
            everything_again();
        }
    }

    void everything_again() {
        was_silent = false;
        order = {};
        interests.everything_again();
        sets.again();
    }

    /// Waits for packets until the deadline, keeping up meanwhile, and takes in all that wait.
    /// False where none came; `lost` then says whether one can come at all.
    bool fill(TimePoint deadline) {
        for (;;) {
            keep_up();
            const auto until = std::min(deadline, next_due());
            const auto left =
                std::max(std::chrono::ceil<Duration>(until - Clock::now()), Duration(0));
            if (!connection)
                std::this_thread::sleep_for(left);
            else if (connection->wait(left))
                return take_in();
            if (Clock::now() >= deadline)
                return false;
        }
    }

    bool take_in() {
        bool any = false;
        for (int packets = 0; packets < kPacketsAtOnce; ++packets) {
            const auto received =
                connection->receive([&](std::span<const std::uint8_t> bytes) { decoded(bytes); });
            any = any || received.value_or(false);
            if (!received) {
                lost = "no headroom answers at " + server.text() + "; is it running?";
                if (transport == Transport::tcp) {
                    connection.reset();
                    was_silent = true;
                }
            }
            if (!received.value_or(false))
                break;
        }
        if (!to_acknowledge.empty())
            send(encode({std::string(kAck), std::exchange(to_acknowledge, {})}));
        return any;
    }

    void decoded(std::span<const std::uint8_t> bytes) {
        auto packet = decode(bytes);
        if (!packet)
            return;
        heard = Clock::now();
        if (was_silent)
            everything_again();
        const auto number = UpdateOrder::number_of(*packet);
        for (auto &element : packet->elements)
            if (!number || order.is_newest(element.message.address, *number))
                take(std::move(element.message));
    }

    void take(Message message) {
        if (message.address == kAck && message.arguments.size() == 1 &&
            to_acknowledge.size() < kAcknowledgedAtOnce) {
            to_acknowledge.push_back(message.arguments[0]);
            return;
        }
        if (sets.confirm(message, heard) || timed.take(message, heard))
            return;
        interests.notice(message);
        if (message.address == kErrorAddress && !message.arguments.empty())
            if (const auto *about = std::get_if<std::string>(&message.arguments[0]))
                sets.refuse(*about);
        if (message.address == kAlive && message.arguments.size() == 1)
            if (const auto *number = std::get_if<std::int32_t>(&message.arguments[0])) {
                if (epoch && *epoch != *number)
                    everything_again();
                epoch = *number;
            }
        if (auto meters = interests.unpacked(message); !interests.empty() && meters) {
            for (Message &meter : *meters)
                keep(std::move(meter));
            return;
        }
        keep(std::move(message));
    }

    void keep(Message message) {
        if (kept.size() < kKeptMessages)
            kept.push_back(std::move(message));
    }

    /// Hands every message that arrives to `take` until it returns true; messages that it does not
    /// consume stay for receive(). The error tells that the deadline is over.
    template <class Take> tl::expected<void, std::string> until(TimePoint deadline, Take take) {
        lost.reset();
        std::size_t seen = kept.size();
        for (;;) {
            while (seen < kept.size()) {
                const auto at = kept.begin() + static_cast<std::ptrdiff_t>(seen);
                const auto [consumed, done] = take(*at);
                if (consumed)
                    kept.erase(at);
                else
                    ++seen;
                if (done)
                    return {};
            }
            if (!fill(deadline) && (lost || Clock::now() >= deadline))
                return tl::unexpected(
                    lost.value_or("no headroom answered at " + server.text() + " in time"));
        }
    }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

tl::expected<std::unique_ptr<Client>, std::string>
Client::open(const std::string &host, std::uint16_t port, Transport transport) {
    const auto server = Endpoint::parse(host, port);
    if (!server)
        return tl::unexpected("\"" + host + "\" is no IP address");
    auto connection = Connection::open(*server, transport, kConnectTimeout);
    if (!connection)
        return tl::unexpected(connection.error().text);
    return std::unique_ptr<Client>(
        new Client(std::make_unique<Impl>(Impl{*server, transport, std::move(*connection)})));
}

tl::expected<Message, std::string> Client::request(const Message &message, Duration timeout) {
    impl_->introduce(Clock::now() + timeout);
    send(message);
    tl::expected<Message, std::string> answer;
    const auto waited = impl_->until(Clock::now() + timeout, [&](Message &arrived) {
        if (arrived.address == message.address) {
            answer = std::move(arrived);
            return std::pair(true, true);
        }
        if (auto error = error_about(message.address, arrived)) {
            answer = tl::unexpected(std::move(*error));
            return std::pair(true, true);
        }
        return std::pair(false, false);
    });
    if (!waited)
        return tl::unexpected(waited.error());
    return answer;
}

tl::expected<std::vector<Message>, std::string> Client::list(const Message &message,
                                                             Duration timeout) {
    impl_->introduce(Clock::now() + timeout);
    send(message);
    const std::string below = message.address + "/";
    const std::string end = below + "end";
    std::vector<Message> answers;
    std::optional<std::string> refused;
    std::optional<std::int32_t> announced;
    const auto waited = impl_->until(Clock::now() + timeout, [&](Message &arrived) {
        if (arrived.address == end) {
            announced = count_of(arrived);
            return std::pair(true, true);
        }
        if (auto error = error_about(message.address, arrived)) {
            refused = std::move(error);
            return std::pair(true, true);
        }
        const bool mine = arrived.address == message.address || arrived.address.starts_with(below);
        if (mine)
            answers.push_back(std::move(arrived));
        return std::pair(mine, false);
    });
    if (!waited)
        return tl::unexpected(waited.error());
    if (refused)
        return tl::unexpected(*refused);
    if (announced && *announced != static_cast<std::int32_t>(answers.size()))
        return tl::unexpected("only " + std::to_string(answers.size()) + " of " +
                              std::to_string(*announced) + " answers arrived");
    return answers;
}

tl::expected<Argument, std::string> Client::get(const std::string &address, Duration timeout) {
    auto answer = request({address, {}}, timeout);
    if (!answer)
        return tl::unexpected(answer.error());
    if (answer->arguments.empty())
        return tl::unexpected(address + " has no value");
    return std::move(answer->arguments.front());
}

void Client::set(const std::string &address, Argument value) {
    impl_->sets.set(address, std::move(value));
    impl_->keep_up();
}

bool Client::is_settled() const {
    return impl_->sets.empty();
}

void Client::set_timed(std::span<const Message> values) {
    if (impl_->timed.begin()) {
        const auto deadline = Clock::now() + kClockTimeout;
        while (!impl_->timed.knows_clock() && Clock::now() < deadline)
            impl_->fill(deadline);
    }
    impl_->send(impl_->timed.packet(values, Clock::now()));
    impl_->keep_up();
}

Client::Duration Client::lead() const {
    return std::chrono::duration_cast<Duration>(impl_->timed.lead());
}

void Client::subscribe(const std::string &pattern, const SubscriptionOptions &options,
                       Handler handler) {
    impl_->interests.add(pattern, options, std::move(handler));
    impl_->keep_up();
}

void Client::unsubscribe(const std::string &pattern) {
    impl_->interests.remove(pattern);
    send({"/headroom/unsubscribe", {pattern}});
}

void Client::send(const Message &message) {
    impl_->send(encode(message));
}

std::optional<Message> Client::receive(Duration timeout) {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        while (!impl_->kept.empty()) {
            Message message = std::move(impl_->kept.front());
            impl_->kept.pop_front();
            if (!impl_->interests.handle(message))
                return message;
        }
        if (!impl_->fill(deadline) && Clock::now() >= deadline)
            return std::nullopt;
    }
}

bool Client::is_connected() const {
    return impl_->is_connected();
}

} // namespace headroom::osc
