// SPDX-License-Identifier: MPL-2.0
#include "osc/client/client.hpp"

#include "osc/wire/transport.hpp"

#include <array>
#include <deque>
#include <string_view>
#include <utility>

namespace headroom::osc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kErrorAddress = "/headroom/error";
constexpr std::size_t kKeptMessages = 4096; ///< that nobody asked for yet

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
    UdpSocket socket;
    Endpoint server;
    std::deque<Message> kept;        ///< received and not yet handed out
    std::optional<std::string> lost; ///< why nothing can be received

    /// Takes in what waits on the socket, waiting for it until the deadline.
    bool fill(Clock::time_point deadline) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (!socket.wait(left))
            return false;
        std::array<std::uint8_t, PacketLimits::kDatagramBytes> buffer;
        const auto received = socket.receive(buffer);
        if (!received) {
            lost = "no headroom answers at " + server.text() + "; is it running?";
            return false;
        }
        if (!received->has_value() || (*received)->size > buffer.size())
            return true;
        auto packet = decode(std::span(buffer).first((*received)->size));
        if (!packet)
            return true;
        for (auto &element : packet->elements)
            if (kept.size() < kKeptMessages)
                kept.push_back(std::move(element.message));
        return true;
    }

    /// Hands every message that arrives to `take` until it returns true; messages that it does not
    /// consume stay for receive(). False at the deadline.
    template <class Take>
    tl::expected<void, std::string> until(Clock::time_point deadline, Take take) {
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
            if (!fill(deadline))
                return tl::unexpected(
                    lost.value_or("no headroom answered at " + server.text() + " in time"));
        }
    }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

tl::expected<std::unique_ptr<Client>, std::string> Client::open(const std::string &host,
                                                                std::uint16_t port) {
    const auto server = Endpoint::parse(host, port);
    if (!server)
        return tl::unexpected("\"" + host + "\" is no IP address");
    auto socket = UdpSocket::connect(*server);
    if (!socket)
        return tl::unexpected(socket.error().text);
    return std::unique_ptr<Client>(
        new Client(std::make_unique<Impl>(Impl{std::move(*socket), *server, {}, {}})));
}

tl::expected<Message, std::string> Client::request(const Message &message, Duration timeout) {
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

void Client::send(const Message &message) {
    impl_->socket.send(encode(message));
}

std::optional<Message> Client::receive(Duration timeout) {
    const auto deadline = Clock::now() + timeout;
    while (impl_->kept.empty())
        if (!impl_->fill(deadline))
            return std::nullopt;
    Message message = std::move(impl_->kept.front());
    impl_->kept.pop_front();
    return message;
}

} // namespace headroom::osc
