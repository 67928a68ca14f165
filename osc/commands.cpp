// SPDX-License-Identifier: GPL-3.0-or-later
//
// The commands: addresses that are neither a parameter nor a meter.
#include "osc/dispatcher.hpp"
#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

namespace {

constexpr std::string_view kPacked = "packed";

/// The arguments as text, where all are.
std::optional<std::vector<std::string>> all_text(std::span<const Argument> arguments) {
    std::vector<std::string> out;
    for (const Argument &argument : arguments) {
        const auto *text = std::get_if<std::string>(&argument);
        if (text == nullptr)
            return std::nullopt;
        out.push_back(*text);
    }
    return out;
}

/// What a button sends when it is let go: 0 or F.
bool is_release(const Argument &argument) {
    return numeric(argument) == 0.0;
}

bool is_press(const Argument &argument) {
    return std::holds_alternative<Impulse>(argument) || numeric(argument).value_or(0.0) != 0.0;
}

} // namespace

const std::unordered_map<std::string_view, Dispatcher::Command> &Dispatcher::commands() {
    static const std::unordered_map<std::string_view, Command> table{
        {"/headroom/subscribe", &Dispatcher::plan_subscribe},
        {"/headroom/unsubscribe", &Dispatcher::plan_unsubscribe},
        {"/headroom/port", &Dispatcher::plan_port},
        {"/headroom/ack", &Dispatcher::plan_ack},
        {"/headroom/alive", &Dispatcher::plan_alive},
        {"/headroom/clock", &Dispatcher::plan_clock},
        {"/headroom/sent", &Dispatcher::plan_front},
        {"/headroom/once", &Dispatcher::plan_front},
        {"/headroom/get", &Dispatcher::plan_get},
        {"/headroom/list", &Dispatcher::plan_list},
        {"/headroom/info", &Dispatcher::plan_info},
        {"/headroom/status", &Dispatcher::plan_status_list},
        {"/headroom/route", &Dispatcher::plan_route},
        {"/headroom/history", &Dispatcher::plan_history},
        {"/headroom/meters/layout", &Dispatcher::plan_meters_layout},
        {"/headroom/meters/reset", &Dispatcher::plan_meters_reset},
        {"/headroom/profile", &Dispatcher::plan_profile},
        {"/headroom/profile/list", &Dispatcher::plan_profile_list},
        {"/headroom/profile/why", &Dispatcher::plan_profile_why},
        {"/headroom/profile/reload", &Dispatcher::plan_profile_reload},
        {"/headroom/overlay", &Dispatcher::plan_overlay},
        {"/headroom/overlay/clear", &Dispatcher::plan_overlay_clear},
        {"/headroom/midi/learn", &Dispatcher::plan_midi_learn},
        {"/headroom/midi/forget", &Dispatcher::plan_midi_forget},
        {"/headroom/midi/list", &Dispatcher::plan_midi_list},
        {"/headroom/midi/resend", &Dispatcher::plan_midi_resend},
    };
    return table;
}

Dispatcher::Plan Dispatcher::plan_subscribe(const Peer &peer, const Message &message,
                                            TimePoint now) {
    if (message.arguments.size() > 3)
        return refusal(ErrorCode::wrong_arity,
                       "expected a pattern, a rate per second and a form at most");
    Interest interest;
    for (std::size_t i = 0; i < message.arguments.size(); ++i) {
        const Argument &argument = message.arguments[i];
        if (i == 0 && is_release(argument))
            return [] {};
        if (i == 0 && is_press(argument))
            continue;
        const auto *text = std::get_if<std::string>(&argument);
        const auto rate = numeric(argument);
        if (i == 0 && text != nullptr) {
            interest.pattern = *text;
        } else if (i > 0 && rate) {
            interest.rate_hz = static_cast<int>(
                std::clamp(*rate, 1.0, static_cast<double>(Interest::kMaximumRate_hz)));
        } else if (i > 0 && text != nullptr && (*text == kPacked || find_form(*text))) {
            interest.is_packed = *text == kPacked;
            interest.form = find_form(*text).value_or(Role::natural);
        } else {
            return refusal(ErrorCode::wrong_type, "expected a pattern, then a rate per second and "
                                                  "a form: natural, norm, text or packed");
        }
    }
    if (!has_patterns_left())
        return refusal(
            ErrorCode::too_many,
            "the patterns of this packet take too long to match; send fewer in one packet");
    if (const auto items = addresses_.covered(interest.pattern); !items)
        return refusal(ErrorCode::unknown_address, items.error());
    return [this, peer, interest, now, address = message.address] {
        const auto subscribed = subscriptions_.subscribe(peer, interest, now);
        if (!subscribed)
            refuse(peer, address, subscribed.error(), now);
        else
            answer(peer,
                   Message{address,
                           {interest.pattern, std::int32_t{interest.rate_hz},
                            std::string(interest.is_packed ? kPacked : form_name(interest.form))}});
    };
}

Dispatcher::Plan Dispatcher::plan_unsubscribe(const Peer &peer, const Message &message, TimePoint) {
    const auto patterns = all_text(message.arguments);
    if (!patterns || patterns->size() > 1)
        return refusal(ErrorCode::wrong_type,
                       "expected one pattern, or no argument for all subscriptions");
    return [this, peer, patterns = *patterns] {
        const int ended = subscriptions_.unsubscribe(
            peer,
            patterns.empty() ? std::nullopt : std::optional<std::string_view>(patterns.front()));
        answer(peer, Message{"/headroom/unsubscribe", {std::int32_t{ended}}});
    };
}

Dispatcher::Plan Dispatcher::plan_ack(const Peer &peer, const Message &message, TimePoint now) {
    std::vector<std::int32_t> numbers;
    for (const Argument &argument : message.arguments) {
        const auto *number = std::get_if<std::int32_t>(&argument);
        if (number == nullptr)
            return refusal(ErrorCode::wrong_type, "expected the numbers of received packets (i)");
        numbers.push_back(*number);
    }
    return [this, peer, now, numbers = std::move(numbers)] {
        subscriptions_.acknowledge(peer, numbers, now);
    };
}

Dispatcher::Plan Dispatcher::plan_alive(const Peer &peer, const Message &message, TimePoint) {
    const bool asks = message.arguments.empty();
    return [this, peer, asks] {
        if (asks)
            answer(peer, Message{"/headroom/alive", {epoch_}});
    };
}

Dispatcher::Plan Dispatcher::plan_port(const Peer &peer, const Message &message, TimePoint now) {
    if (message.arguments.size() != 1)
        return refusal(ErrorCode::wrong_arity,
                       "expected one UDP port; 0 stands for the port that you send from");
    const auto port = numeric(message.arguments.front());
    if (!port || peer.connection != 0)
        return refusal(ErrorCode::wrong_type,
                       "expected a number, in a UDP packet: on TCP answers use the connection");
    if (*port < 0 || *port > 65535)
        return refusal(ErrorCode::no_value, "ports go from 1 to 65535");
    if (is_own_(peer.endpoint.with_port(static_cast<std::uint16_t>(*port))))
        return refusal(ErrorCode::no_value,
                       "this is the port of headroom itself; give the port that you listen on");
    return [this, peer, now, port = static_cast<std::uint16_t>(*port), address = message.address] {
        std::erase_if(redirects_, [&](const auto &known) {
            return known.first == peer || now - known.second.heard >= Subscriptions::kLease;
        });
        if (port != 0 && redirects_.size() >= kRedirects) {
            refuse(peer, address,
                   {ErrorCode::too_many, "too many peers have their answers sent to another port"},
                   now);
            return;
        }
        if (port != 0)
            redirects_.emplace(peer, Redirect{port, now});
        answer(peer, Message{address, {std::int32_t{port}}});
    };
}

Dispatcher::Plan Dispatcher::plan_get(const Peer &peer, const Message &message, TimePoint) {
    if (message.arguments.size() != 2)
        return refusal(ErrorCode::wrong_arity, "expected an id and an address (i s)");
    const auto *id = std::get_if<std::int32_t>(&message.arguments[0]);
    const auto *address = std::get_if<std::string>(&message.arguments[1]);
    if (id == nullptr || address == nullptr)
        return refusal(ErrorCode::wrong_type, "expected an id and an address (i s)");
    const Entry *entry = addresses_.find(*address);
    if (entry == nullptr)
        return refusal(ErrorCode::unknown_address, *address + ": no such address");
    return [this, peer, id = *id, entry] { answer(peer, Correlated{id, entry}); };
}

Dispatcher::Plan Dispatcher::plan_list(const Peer &peer, const Message &message, TimePoint) {
    const auto prefixes = all_text(message.arguments);
    if (!prefixes || prefixes->size() > 1)
        return refusal(ErrorCode::wrong_type,
                       "expected the beginning of an address, or no argument");
    const std::string prefix = prefixes->empty() ? "/" : prefixes->front();
    return listing(peer, message.address, [this, prefix, list = message.address] {
        std::vector<Message> found;
        for (Item item = 0; item < addresses_.size(); ++item) {
            const std::string &address = addresses_.entry(item, Role::natural).address;
            if (address.starts_with(prefix))
                found.push_back({list, {address}});
        }
        return found;
    });
}

Dispatcher::Plan Dispatcher::plan_info(const Peer &peer, const Message &message, TimePoint) {
    const auto addresses = all_text(message.arguments);
    if (!addresses || addresses->size() != 1)
        return refusal(ErrorCode::wrong_type, "expected one address or pattern");
    const auto found = resolve(addresses->front());
    if (!found)
        return refusal(found.error().code, addresses->front() + ": " + found.error().text);
    if (!Pattern::is_pattern(addresses->front()))
        return [this, peer, item = found->front()->item] { answer(peer, addresses_.info(item)); };
    return listing(peer, message.address, [this, found = *found] {
        std::vector<Message> messages;
        for (const Entry *entry : found)
            if (entry->role == Role::natural)
                messages.push_back(addresses_.info(entry->item));
        return messages;
    });
}

Dispatcher::Plan Dispatcher::plan_status_list(const Peer &peer, const Message &message, TimePoint) {
    if (!message.arguments.empty())
        return refusal(ErrorCode::read_only, "the status is read-only");
    return listing(peer, message.address, [this] { return status_messages(); });
}

Dispatcher::Plan Dispatcher::plan_meters_layout(const Peer &peer, const Message &message,
                                                TimePoint) {
    const auto patterns = all_text(message.arguments);
    if (!patterns || patterns->size() != 1)
        return refusal(ErrorCode::wrong_type, "expected the pattern of a packed subscription");
    if (!has_patterns_left())
        return refusal(
            ErrorCode::too_many,
            "the patterns of this packet take too long to match; send fewer in one packet");
    if (const auto items = addresses_.covered(patterns->front()); !items)
        return refusal(ErrorCode::unknown_address, items.error());
    return listing(
        peer, message.address, [this, pattern = patterns->front(), address = message.address] {
            const auto layout = *subscriptions_.meter_layout(pattern);
            std::vector<Message> messages;
            for (const Item item : layout.meters)
                messages.push_back(
                    {address, {layout.hash, addresses_.entry(item, Role::natural).address}});
            return messages;
        });
}

Dispatcher::Plan Dispatcher::plan_meters_reset(const Peer &peer, const Message &message,
                                               TimePoint) {
    const auto names = surface_.bus_names();
    std::vector<int> buses;
    for (std::size_t i = 0; i < names.size(); ++i)
        buses.push_back(static_cast<int>(i));
    if (message.arguments.size() > 1)
        return refusal(ErrorCode::wrong_arity, "expected one bus, or no argument for all buses");
    if (message.arguments.size() == 1) {
        const Argument &argument = message.arguments.front();
        if (is_release(argument))
            return [] {};
        if (const auto *name = std::get_if<std::string>(&argument)) {
            std::erase_if(buses,
                          [&](int bus) { return names[static_cast<std::size_t>(bus)] != *name; });
            if (buses.empty())
                return refusal(ErrorCode::no_value, "there is no bus \"" + *name + "\"");
        } else if (!is_press(argument)) {
            return refusal(ErrorCode::wrong_type,
                           "expected the name of a bus (s), or no argument for all buses");
        }
    }
    return [this, peer, buses] {
        for (const int bus : buses)
            surface_.reset_meters(bus);
        answer(peer, Message{"/headroom/meters/reset", {static_cast<std::int32_t>(buses.size())}});
    };
}

Dispatcher::Plan Dispatcher::plan_status(const Peer &peer, const Message &message) {
    const auto pattern = Pattern::compile(message.address);
    if (listed_.empty())
        for (auto &messages : {status_messages(), route_messages()})
            listed_.insert(listed_.end(), messages.begin(), messages.end());
    std::vector<Message> found;
    for (const Message &known : listed_)
        if (pattern && pattern->matches(known.address))
            found.push_back(known);
    if (found.empty())
        return refusal(ErrorCode::unknown_address, "no such address");
    if (!message.arguments.empty())
        return refusal(ErrorCode::read_only, "the status is read-only");
    return [this, peer, found = std::move(found)] {
        for (const Message &known : found)
            answer(peer, known);
    };
}

std::vector<Message> Dispatcher::status_messages() const {
    std::vector<Message> out;
    for (const auto &[name, value] : surface_.status())
        out.push_back({std::string(kStatusPrefix) + address_part(name), arguments_of(value)});
    return out;
}

Dispatcher::Operation Dispatcher::listing(const Peer &peer, std::string address, Lister lister) {
    return [this, peer, address = std::move(address), lister = std::move(lister)] {
        auto messages = has_room(peer) ? lister() : std::vector<Message>();
        const auto count = static_cast<std::int32_t>(messages.size());
        for (Message &message : messages)
            answer(peer, std::move(message));
        answer(peer, Message{address + "/end", {count}});
    };
}

} // namespace headroom::osc
