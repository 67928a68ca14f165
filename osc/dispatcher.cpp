// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/dispatcher.hpp"

#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace headroom::osc {

namespace {

constexpr std::string_view kErrorAddress = "/headroom/error";
constexpr std::size_t kErrorTextCharacters = 500;
constexpr const char *kMayOnlyAsk = "your address may read but not set (\"osc: { write: ADDRESS "
                                    "}\" in the profile allows an address "
                                    "to set)";
constexpr std::size_t kNoticeCharacters = 1000;

/// A command that takes no arguments, sent by what has to send one.
bool is_button(const CommandInfo &command, const Message &message) {
    if (!command.arguments.empty() || message.arguments.size() != 1)
        return false;
    const Argument &argument = message.arguments.front();
    return std::holds_alternative<Impulse>(argument) ||
           (command.bare == Effect::acts && numeric(argument));
}

} // namespace

Dispatcher::Dispatcher(control::ControlSurface &surface, std::int32_t epoch, Deliver deliver,
                       std::function<void()> wake, bool flow_control, Clock clock)
    : surface_(surface),
      addresses_(surface),
      epoch_(epoch),
      deliver_(std::move(deliver)),
      subscriptions_(
          addresses_, epoch,
          [this](const Peer &peer, std::span<const std::uint8_t> bytes, Delivery delivery) {
              return send(peer, bytes, delivery);
          },
          flow_control),
      wake_(std::move(wake)),
      clock_(std::move(clock)),
      newest_(addresses_.size()),
      wanted_(addresses_.size()) {
    observer_ = std::make_shared<std::function<void(control::ParameterTarget)>>(
        [this](control::ParameterTarget target) {
            if (const auto item = addresses_.find(target)) {
                subscriptions_.changed(*item);
                if (is_writing_)
                    return;
                if (!coming_.contains(*item))
                    foreign_.push_back(*item);
                wake_();
            }
        });
    // The surface may outlive this and has no way to forget an observer.
    surface_.observe([weak = std::weak_ptr(observer_)](control::ParameterTarget target, float) {
        if (const auto observer = weak.lock())
            (*observer)(target);
    });
    strip_observer_ = std::make_shared<std::function<void()>>([this] {
        if (!addresses_.grow())
            return;
        wanted_.resize(addresses_.size());
        newest_.resize(addresses_.size());
        subscriptions_.grow();
        wake_();
    });
    surface_.observe_strips([weak = std::weak_ptr(strip_observer_)] {
        if (const auto observer = weak.lock())
            (*observer)();
    });
    notice_observer_ =
        std::make_shared<std::function<void(const std::string &)>>([this](const std::string &text) {
            subscriptions_.tell_all({"/headroom/notice", {text.substr(0, kNoticeCharacters)}});
        });
    surface_.observe_notices([weak = std::weak_ptr(notice_observer_)](const std::string &text) {
        if (const auto observer = weak.lock())
            (*observer)(text);
    });
}

bool Dispatcher::set_number(const Peer &peer, std::span<const std::uint8_t> bytes) {
    const auto message = decode_number(bytes);
    const Entry *entry = message && peer.may_set ? addresses_.find(message->address) : nullptr;
    if (entry == nullptr)
        return false;
    const auto value = addresses_.wanted(*entry, {&message->number, 1}, current(entry->item));
    if (!value)
        return false;
    if (*value)
        set(peer, *entry, **value);
    return true;
}

void Dispatcher::refuse_packet(const Peer &peer, const std::string &text, TimePoint now) {
    refuse(peer, "", {ErrorCode::malformed, text}, now);
}

Dispatcher::Plan Dispatcher::plan(const Peer &peer, const Message &message, TimePoint now) {
    const CommandInfo *info = find_command(message.address);
    if (info != nullptr && is_button(*info, message)) {
        if (numeric(message.arguments.front()) == 0.0)
            return [] {}; // it was let go
        return plan(peer, {message.address, {}}, now);
    }
    const Effect effect = info == nullptr             ? Effect::asks // see plan_entries()
                          : message.arguments.empty() ? info->bare
                                                      : info->given;
    if (!peer.may_set &&
        (effect == Effect::acts || (info == nullptr && !message.arguments.empty())))
        return refusal(ErrorCode::read_only, kMayOnlyAsk);
    if (const auto command = commands().find(message.address); command != commands().end())
        return (this->*command->second)(peer, message, now);
    if (message.address.starts_with(kRoutePrefix) && !message.arguments.empty())
        return plan_route_write(peer, message, now);
    if (message.address.starts_with(kStatusPrefix) || message.address.starts_with(kRoutePrefix))
        return plan_status(peer, message);
    return plan_entries(peer, message);
}

tl::expected<std::vector<const Entry *>, Refusal> Dispatcher::resolve(const std::string &address) {
    if (const Entry *entry = addresses_.find(address))
        return std::vector{entry};
    if (!Pattern::is_pattern(address))
        return refusal(ErrorCode::unknown_address, "no such address");
    if (!has_patterns_left())
        return refusal(
            ErrorCode::too_many,
            "the patterns of this packet take too long to match; send fewer in one packet");
    auto found = addresses_.matching(address);
    if (!found)
        return refusal(ErrorCode::unknown_address, found.error());
    if (found->empty())
        return refusal(ErrorCode::unknown_address, "the pattern matches no address");
    return *found;
}

Dispatcher::Plan Dispatcher::plan_entries(const Peer &peer, const Message &message) {
    const auto found = resolve(message.address);
    if (!found)
        return tl::unexpected(found.error());
    const bool is_pattern = found->size() > 1 || found->front()->address != message.address;
    std::vector<const Entry *> settable;
    std::vector<const Entry *> asked;
    for (const Entry *entry : *found) {
        if (message.arguments.empty() && entry->role < Role::toggle)
            asked.push_back(entry);
        else if (!is_pattern || !addresses_.is_meter(entry->item))
            settable.push_back(entry);
    }
    if (settable.empty() && asked.empty())
        return refusal(ErrorCode::read_only, "a meter is read-only");
    if (!settable.empty() && !peer.may_set)
        return refusal(ErrorCode::read_only, kMayOnlyAsk);
    for (const Entry *entry : settable)
        if (auto good = addresses_.wanted(*entry, message.arguments, current(entry->item)); !good)
            return tl::unexpected(good.error());
    return [this, peer, settable, asked, arguments = message.arguments] {
        for (const Entry *entry : settable) {
            const auto value = addresses_.wanted(*entry, arguments, current(entry->item));
            if (value && *value)
                set(peer, *entry, **value);
        }
        for (const Entry *entry : asked)
            answer(peer, Question{entry});
    };
}

float Dispatcher::current(Item item) const {
    if (addresses_.is_meter(item))
        return 0.0f;
    const auto target = addresses_.target(item);
    if (wanted_[item])
        return clamped(parameter(target.id), *wanted_[item]);
    const auto coming = is_handing_over_ ? coming_.find(item) : coming_.end();
    return coming != coming_.end() ? coming->second.value : surface_.value(target);
}

void Dispatcher::set(const Peer &peer, const Entry &entry, float value) {
    if (is_stale(entry)) {
        peer_times_.lost(peer, now_);
    } else {
        if (!wanted_[entry.item])
            written_.push_back(entry.item);
        wanted_[entry.item] = value;
        if (!is_handing_over_)
            newest_[entry.item] = std::max(newest_[entry.item], sent_);
    }
    const Entry &confirmed =
        entry.role < Role::toggle ? entry : addresses_.entry(entry.item, Role::natural);
    if (answers_[peer].confirmed.insert(&confirmed).second)
        answer(peer, Confirmation{&confirmed});
}

void Dispatcher::answer(const Peer &peer, Answer answer) {
    auto &list = answers_[peer].list;
    if (list.size() < kAnswers)
        list.push_back(std::move(answer));
    else if (list.size() == kAnswers)
        list.push_back(Message{
            std::string(kErrorAddress),
            {std::string(), static_cast<std::int32_t>(ErrorCode::too_many),
             std::string(
                 "too many answers to one turn; some were dropped: ask for fewer at once")}});
}

void Dispatcher::refuse(const Peer &peer, const std::string &address, const Refusal &refused,
                        TimePoint now) {
    if (errors_.allow(peer, now))
        answer(peer, Message{std::string(kErrorAddress),
                             {address, static_cast<std::int32_t>(refused.code),
                              refused.text.substr(0, kErrorTextCharacters)}});
}

void Dispatcher::note_time(TimePoint now) {
    now_ = sent_ = now;
    for (const Item item : foreign_)
        newest_[item] = now;
    foreign_.clear();
}

std::vector<control::ParameterWrite> Dispatcher::take_writes() {
    std::vector<control::ParameterWrite> writes;
    writes.reserve(written_.size());
    for (const Item item : written_) {
        writes.push_back({addresses_.target(item), *wanted_[item]});
        wanted_[item].reset();
    }
    written_.clear();
    return writes;
}

void Dispatcher::finish_turn(TimePoint now) {
    work();
    listed_.clear();
    running_.reset();
    note_time(now);
    write_now();
    send_answers(std::exchange(answers_, {}), std::exchange(write_error_, {}));
}

void Dispatcher::send_answers(const AnswersByPeer &all,
                              const std::optional<std::string> &write_error) {
    for (const auto &[peer, answers] : all) {
        std::vector<Message> messages;
        messages.reserve(answers.list.size());
        for (const Answer &answer : answers.list)
            messages.push_back(resolved(peer, answer, write_error));
        for (const auto &packet :
             encode_packets(messages, peer.is_web ? 1 : PacketLimits::kOutgoingBytes))
            send(peer, packet.bytes, Delivery::answer);
    }
}

bool Dispatcher::send(const Peer &peer, std::span<const std::uint8_t> bytes,
                      Delivery delivery) const {
    const auto redirect = redirects_.find(peer);
    if (redirect == redirects_.end())
        return deliver_(peer, bytes, delivery);
    Peer elsewhere = peer;
    elsewhere.endpoint = peer.endpoint.with_port(redirect->second.port);
    if (redirect->second.alive_due <= now_) {
        redirect->second.alive_due = now_ + Subscriptions::kKeepAlive;
        deliver_(elsewhere, encode({"/headroom/alive", {epoch_}}), delivery);
    }
    return deliver_(elsewhere, bytes, delivery);
}

Message Dispatcher::resolved(const Peer &peer, const Answer &answer,
                             const std::optional<std::string> &write_error) {
    if (const auto *message = std::get_if<Message>(&answer))
        return *message;
    if (const auto *question = std::get_if<Question>(&answer))
        return addresses_.message(*question->entry);
    if (const auto *question = std::get_if<Correlated>(&answer))
        return {"/headroom/get",
                {question->id, question->entry->address, addresses_.read(*question->entry)}};
    if (const auto *reading = std::get_if<ClockReading>(&answer))
        return {"/headroom/clock",
                {reading->asked, TimeTag{clock_.own(reading->came)}, TimeTag{clock_.own(now_)}}};
    const Entry &entry = *std::get<Confirmation>(answer).entry;
    if (write_error)
        return {std::string(kErrorAddress),
                {entry.address, static_cast<std::int32_t>(ErrorCode::refused),
                 write_error->substr(0, kErrorTextCharacters)}};
    subscriptions_.told(peer, entry.item, entry.role);
    return addresses_.message(entry);
}

} // namespace headroom::osc
