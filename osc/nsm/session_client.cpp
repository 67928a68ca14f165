// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/nsm/session_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <netdb.h>
#include <unistd.h>
#include <utility>

namespace headroom::osc::nsm {

namespace {

constexpr std::int32_t kApiMajor = 1;
constexpr std::int32_t kApiMinor = 1;
constexpr const char *kAnnounce = "/nsm/server/announce";
constexpr const char *kOpen = "/nsm/client/open";
constexpr const char *kSave = "/nsm/client/save";

/// Of a machine's own name too, which is what a manager's URL has in it.
tl::expected<Endpoint, std::string> resolve(const std::string &url) {
    constexpr std::string_view kScheme = "osc.udp://";
    if (!url.starts_with(kScheme))
        return tl::unexpected(url + " does not begin with " + std::string(kScheme));
    const std::size_t colon = url.rfind(':');
    const std::string host =
        url.substr(kScheme.size(), std::max(colon, kScheme.size()) - kScheme.size());
    std::uint16_t port = 0;
    const char *const end = url.data() + url.size();
    const auto parsed = std::from_chars(url.data() + colon + 1, end, port);
    if (host.empty() || port == 0 ||
        (parsed.ptr != end && std::string_view(parsed.ptr, end) != "/"))
        return tl::unexpected(url + " is not of the form osc.udp://host:port/");
    const addrinfo wanted{.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
    addrinfo *found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found); error != 0)
        return tl::unexpected("there is no host " + host + ": " + ::gai_strerror(error));
    sockaddr_storage address{};
    std::copy_n(reinterpret_cast<const std::byte *>(found->ai_addr), found->ai_addrlen,
                reinterpret_cast<std::byte *>(&address));
    const Endpoint endpoint(address, found->ai_addrlen);
    ::freeaddrinfo(found);
    return endpoint.with_port(port);
}

const std::string *text_at(const Message &message, std::size_t index) {
    return index < message.arguments.size() ? std::get_if<std::string>(&message.arguments[index])
                                            : nullptr;
}

} // namespace

tl::expected<std::unique_ptr<SessionClient>, std::string>
SessionClient::announce(const std::string &url, const Identity &identity,
                        std::shared_ptr<UdpSocket> socket, IsOwnUser is_own_user) {
    const auto manager = resolve(url);
    if (!manager)
        return tl::unexpected(manager.error());
    std::unique_ptr<SessionClient> client(
        new SessionClient(*manager, std::move(socket), std::move(is_own_user)));
    client->send({kAnnounce,
                  {identity.application_name, identity.capabilities, identity.executable_name,
                   kApiMajor, kApiMinor, std::int32_t{::getpid()}}});
    return client;
}

void SessionClient::send(const Message &message) {
    (void)socket_->send(encode(message), manager_); // a manager that has gone hears nothing
}

/// This machine's name may stand for 127.0.1.1, and its answers come from 127.0.0.1.
bool SessionClient::is_manager(const Endpoint &from) const {
    const bool is_here = manager_.host().starts_with("127.");
    const auto usual = Endpoint::parse("127.0.0.1", manager_.port());
    return (from == manager_ || (is_here && from == *usual)) && (!is_here || is_own_user_(from));
}

bool SessionClient::take(const Endpoint &from, std::span<const std::uint8_t> bytes) {
    if (!is_manager(from))
        return false;
    const auto packet = decode(bytes);
    if (!packet || packet->elements.size() != 1)
        return false;
    const Message &message = packet->elements.front().message;
    if (message.address == "/reply" || message.address == "/error")
        take_answer(message);
    else if (message.address == kOpen)
        take_open(message);
    else if (message.address == kSave)
        take_save();
    else
        return message.address.starts_with("/nsm/"); // what needs no answer
    return true;
}

void SessionClient::read() {
    std::array<std::uint8_t, PacketLimits::kDatagramBytes> buffer;
    for (;;) {
        const auto received = socket_->receive(buffer);
        if (!received || !*received)
            return;
        take((*received)->from,
             std::span(buffer).first(std::min((*received)->size, buffer.size())));
    }
}

void SessionClient::take_answer(const Message &message) {
    const std::string *to = text_at(message, 0);
    if (to == nullptr || *to != kAnnounce || standing_ == Standing::managed)
        return;
    const bool is_welcome = message.address == "/reply";
    const std::string *text = text_at(message, is_welcome ? 1 : 2);
    answer_ = text != nullptr ? *text : "";
    standing_ = is_welcome ? Standing::managed : Standing::refused;
}

void SessionClient::take_open(const Message &message) {
    const std::string *path = text_at(message, 0);
    const std::string *display_name = text_at(message, 1);
    const std::string *client_id = text_at(message, 2);
    if (path == nullptr || display_name == nullptr || client_id == nullptr || client_id->empty())
        return answer_to(kOpen, tl::unexpected(Refusal{
                                    ErrorCode::general,
                                    "expected a path, a display name and a client ID (sss)"}));
    if (is_opening_ || !requests_.open)
        return answer_to(
            kOpen, tl::unexpected(Refusal{ErrorCode::not_now, "another project is being opened"}));
    standing_ = Standing::managed;
    is_opening_ = true;
    requests_.open({*path, *display_name, *client_id});
}

void SessionClient::take_save() {
    if (is_opening_ || !is_open_)
        return answer_to(kSave, tl::unexpected(Refusal{ErrorCode::not_now, "no project is open"}));
    const auto saved = requests_.save();
    if (!saved)
        return answer_to(kSave, tl::unexpected(saved.error()));
    answer_to(kSave, "saved");
    tell_dirty(false);
}

void SessionClient::answer_to(const std::string &address,
                              const tl::expected<std::string, Refusal> &outcome) {
    if (outcome)
        send({"/reply", {address, *outcome}});
    else
        send({"/error",
              {address, static_cast<std::int32_t>(outcome.error().code), outcome.error().text}});
}

void SessionClient::opened(const std::string &text) {
    is_opening_ = false;
    is_open_ = true;
    was_dirty_ = false;
    answer_to(kOpen, text);
    send({"/nsm/client/is_clean", {}});
}

void SessionClient::refuse_open(const Refusal &refusal) {
    is_opening_ = false;
    is_open_ = false;
    answer_to(kOpen, tl::unexpected(refusal));
}

void SessionClient::tell_dirty(bool is_dirty) {
    if (is_open_ && std::exchange(was_dirty_, is_dirty) != is_dirty)
        send({is_dirty ? "/nsm/client/is_dirty" : "/nsm/client/is_clean", {}});
}

void SessionClient::tell_progress(float done) {
    send({"/nsm/client/progress", {std::clamp(done, 0.0f, 1.0f)}});
}

void SessionClient::tell(int priority, const std::string &text) {
    if (standing_ == Standing::managed)
        send({"/nsm/client/message", {std::int32_t{std::clamp(priority, 0, 3)}, text}});
}

} // namespace headroom::osc::nsm
