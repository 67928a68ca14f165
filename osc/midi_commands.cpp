// SPDX-License-Identifier: GPL-3.0-or-later
//
// The commands about hardware controllers.
#include "osc/dispatcher.hpp"

#include <utility>

namespace headroom::osc {

namespace {

constexpr std::string_view kStop = "stop";

tl::unexpected<Refusal> without_controllers() {
    return refusal(ErrorCode::refused, "this program runs without MIDI controllers");
}

/// The one text that the message has, without the root of an address.
tl::expected<std::string, Refusal> one_text(const Message &message, const char *expected) {
    const auto *text =
        message.arguments.size() == 1 ? std::get_if<std::string>(&message.arguments[0]) : nullptr;
    if (text == nullptr || text->empty())
        return refusal(ErrorCode::wrong_type, expected);
    return text->starts_with(kRoot) ? text->substr(kRoot.size()) : *text;
}

Message learning_message(const control::Controllers &controllers, const std::string &address) {
    const auto learning = controllers.learning();
    return {address, {learning.address, learning.learned}};
}

} // namespace

Dispatcher::Plan Dispatcher::plan_midi_learn(const Peer &peer, const Message &message,
                                             TimePoint now) {
    control::Controllers *controllers = surface_.controllers();
    if (controllers == nullptr)
        return without_controllers();
    if (message.arguments.empty())
        return [this, peer, controllers, address = message.address] {
            answer(peer, learning_message(*controllers, address));
        };
    const auto wanted = one_text(message, "expected the address of a parameter (s), or \"stop\"");
    if (!wanted)
        return tl::unexpected(wanted.error());
    if (*wanted != kStop)
        if (const auto good = controllers->check_learn(*wanted); !good)
            return refusal(ErrorCode::no_value, good.error().text());
    return [this, peer, now, controllers, wanted = *wanted, address = message.address] {
        if (const auto done = controllers->learn(wanted == kStop ? "" : wanted); !done)
            refuse(peer, address, {ErrorCode::no_value, done.error().text()}, now);
        else
            answer(peer, learning_message(*controllers, address));
    };
}

Dispatcher::Plan Dispatcher::plan_midi_forget(const Peer &peer, const Message &message,
                                              TimePoint now) {
    control::Controllers *controllers = surface_.controllers();
    if (controllers == nullptr)
        return without_controllers();
    const auto what = one_text(
        message, "expected an address that was learned, or a control such as \"cc 7\" (s)");
    if (!what)
        return tl::unexpected(what.error());
    if (const auto good = controllers->check_forget(*what); !good)
        return refusal(ErrorCode::no_value, good.error().text());
    return [this, peer, now, controllers, what = *what, address = message.address] {
        if (const auto forgotten = controllers->forget(what); !forgotten)
            refuse(peer, address, {ErrorCode::no_value, forgotten.error().text()}, now);
        else
            answer(peer, Message{address, {std::int32_t{*forgotten}}});
    };
}

Dispatcher::Plan Dispatcher::plan_midi_list(const Peer &peer, const Message &message, TimePoint) {
    const control::Controllers *controllers = surface_.controllers();
    if (controllers == nullptr)
        return without_controllers();
    if (!message.arguments.empty())
        return refusal(ErrorCode::read_only,
                       "this address only lists bindings; /headroom/midi/learn and "
                       "/headroom/midi/forget change them");
    return listing(peer, message.address, [controllers, address = message.address] {
        std::vector<Message> found;
        for (const auto &binding : controllers->bindings())
            found.push_back({address, {binding.map, binding.line}});
        return found;
    });
}

Dispatcher::Plan Dispatcher::plan_midi_resend(const Peer &peer, const Message &message, TimePoint) {
    control::Controllers *controllers = surface_.controllers();
    if (controllers == nullptr)
        return without_controllers();
    return [this, peer, controllers, address = message.address] {
        controllers->resend();
        answer(peer, Message{address, {}});
    };
}

} // namespace headroom::osc
