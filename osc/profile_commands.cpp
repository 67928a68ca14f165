// SPDX-License-Identifier: GPL-3.0-or-later
//
// The commands about the profile and what was changed over it.
#include "config/public_text.hpp"
#include "osc/dispatcher.hpp"
#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

namespace {

constexpr const char *kProfile = "/headroom/profile";

tl::unexpected<Refusal> without_profiles() {
    return refusal(ErrorCode::refused, "this program runs without profiles");
}

/// The one text that a message may have; an empty one where it has none.
tl::expected<std::string, Refusal> optional_text(const Message &message, const char *expected) {
    if (message.arguments.empty())
        return std::string();
    const auto *text = std::get_if<std::string>(&message.arguments.front());
    if (message.arguments.size() > 1 || text == nullptr || text->empty())
        return refusal(ErrorCode::wrong_type, expected);
    return *text;
}

/// A profile goes by its name over OSC, for everyone: no peer chooses files of this machine.
bool is_file(std::string_view profile) {
    return profile.find('/') != profile.npos || profile.ends_with(".yaml");
}

Message profile_message(const control::ProfileControl &control) {
    const auto [name, file] = control.profile_in_use();
    return {kProfile, {name, file}};
}

} // namespace

Dispatcher::Plan Dispatcher::plan_profile(const Peer &peer, const Message &message, TimePoint now) {
    control::ProfileControl *control = surface_.profile_control();
    if (control == nullptr)
        return without_profiles();
    const auto wanted =
        optional_text(message, "expected the name of a profile (s), or no argument");
    if (!wanted)
        return tl::unexpected(wanted.error());
    if (is_file(*wanted))
        return refusal(ErrorCode::no_value,
                       "over OSC a profile goes by its name, not by its file: put it in "
                       "~/.config/headroom/profiles, or start headroom with --profile FILE");
    if (!wanted->empty())
        if (const auto good = control->check_profile(*wanted); !good)
            return refusal(ErrorCode::refused, public_text(good.error()));
    return [this, peer, now, control, wanted = *wanted] {
        if (!wanted.empty()) {
            if (const auto used = control->use_profile(wanted); !used) {
                refuse(peer, kProfile, {ErrorCode::refused, public_text(used.error())}, now);
                return;
            }
            subscriptions_.tell_all(profile_message(*control));
        }
        answer(peer, profile_message(*control));
    };
}

Dispatcher::Plan Dispatcher::plan_profile_why(const Peer &peer, const Message &message, TimePoint) {
    control::ProfileControl *control = surface_.profile_control();
    if (control == nullptr)
        return without_profiles();
    if (!message.arguments.empty())
        return refusal(ErrorCode::read_only,
                       "this address only explains; /headroom/profile chooses a profile");
    return [this, peer, control, address = message.address] {
        answer(peer,
               Message{address, {control->profile_in_use().first, control->profile_reason()}});
    };
}

Dispatcher::Plan Dispatcher::plan_profile_reload(const Peer &peer, const Message &message,
                                                 TimePoint now) {
    control::ProfileControl *control = surface_.profile_control();
    if (control == nullptr)
        return without_profiles();
    return [this, peer, now, control, address = message.address] {
        if (const auto read = control->reload_profile(); !read)
            refuse(peer, address, {ErrorCode::refused, public_text(read.error())}, now);
        else
            answer(peer, Message{address, {control->profile_in_use().first}});
    };
}

Dispatcher::Plan Dispatcher::plan_profile_list(const Peer &peer, const Message &message,
                                               TimePoint) {
    const control::ProfileControl *control = surface_.profile_control();
    if (control == nullptr)
        return without_profiles();
    if (!message.arguments.empty())
        return refusal(ErrorCode::read_only,
                       "this address only lists profiles; /headroom/profile chooses one");
    return listing(peer, message.address, [this, control, address = message.address] {
        if (now_ >= profile_list_.good_until) {
            profile_list_ = {now_ + kListAge, {}};
            for (const auto &[name, description] : control->profiles())
                profile_list_.messages.push_back({address, {name, description}});
        }
        return profile_list_.messages;
    });
}

Dispatcher::Plan Dispatcher::plan_overlay(const Peer &peer, const Message &message, TimePoint) {
    control::ProfileControl *control = surface_.profile_control();
    if (control == nullptr)
        return without_profiles();
    if (!message.arguments.empty())
        return refusal(ErrorCode::read_only,
                       "this address only lists changes; /headroom/overlay/clear discards them");
    return listing(peer, message.address, [control, address = message.address] {
        std::vector<Message> found;
        for (const auto &[path, value, unused_because] : control->overlay_entries()) {
            found.push_back({address, {path, value}});
            if (!unused_because.empty())
                found.back().arguments.emplace_back(unused_because);
        }
        return found;
    });
}

/// Whether a change is there to be taken back, or what stands earlier in the packet makes it.
bool Dispatcher::is_changed(control::ProfileControl &control, const std::string &path) {
    const auto entries = control.overlay_entries();
    if (std::any_of(entries.begin(), entries.end(),
                    [&](const control::OverlayEntry &entry) { return entry.path == path; }))
        return true;
    const std::string wanted = std::string(kRoot) + path;
    const auto is_it = [&](std::string_view address) { // or one of its forms
        return address.starts_with(wanted) &&
               (address.size() == wanted.size() || address[wanted.size()] == '/');
    };
    return std::any_of(before_.begin(), before_.end(), [&](const Packet::Element &element) {
        const Message &message = element.message;
        if (is_it(message.address))
            return true;
        if (message.address == "/headroom/route" && message.arguments.size() == 2)
            return message.arguments[0] == Argument(path.substr(path.find('/') + 1));
        if (!Pattern::is_pattern(message.address))
            return false;
        const auto found = resolve(message.address);
        return found && std::any_of(found->begin(), found->end(),
                                    [&](const Entry *entry) { return is_it(entry->address); });
    });
}

Dispatcher::Plan Dispatcher::plan_overlay_clear(const Peer &peer, const Message &message,
                                                TimePoint now) {
    control::ProfileControl *control = surface_.profile_control();
    if (control == nullptr)
        return without_profiles();
    const auto path =
        optional_text(message, "expected the path of a change (s), or no argument for all changes");
    if (!path)
        return tl::unexpected(path.error());
    if (!path->empty() && !is_changed(*control, *path))
        return refusal(ErrorCode::no_value, "\"" + *path +
                                                "\" is not changed; /headroom/overlay lists the "
                                                "changes");
    return [this, peer, now, control, path = *path, address = message.address] {
        if (const auto cleared = control->clear_overlay(path); !cleared)
            refuse(peer, address, {ErrorCode::no_value, cleared.error().text()}, now);
        else
            answer(peer, Message{address, {std::int32_t{*cleared}}});
    };
}

} // namespace headroom::osc
