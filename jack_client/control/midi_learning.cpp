// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of MidiKeeper about what was learned.
#include "jack_client/control/midi_keeper.hpp"

#include <algorithm>

namespace headroom::control {

namespace {

/// A bank has no state, steps of an encoder are no place, pressure belongs to the finger, and a
/// program that is sent changes the one of the device.
bool is_shown_as_sent(const MidiBinding &binding) {
    return binding.target.kind != MidiTarget::Kind::bank && !is_relative(binding.mode) &&
           binding.control.kind != MidiControl::Kind::pressure &&
           binding.control.kind != MidiControl::Kind::program;
}

} // namespace

Result<MidiTarget> MidiKeeper::target_to_learn(const std::string &address) const {
    auto target = MidiTarget::parse(address);
    if (!target)
        return target;
    if (target->kind == MidiTarget::Kind::meter)
        return failure(address + " can only be read", "give the address of a parameter");
    if (target->kind == MidiTarget::Kind::route) {
        // "route/firefox/bypass": the route stands behind the application.
        const auto slash = target->name.rfind('/');
        if (slash == target->name.npos)
            return failure("a route is learned as route/APPLICATION/ROUTE",
                           "for instance route/firefox/bypass");
        target->route = target->name.substr(slash + 1);
        target->name.erase(slash);
    }
    const auto buses = world_.state.bus_names();
    if (target->scope == Scope::bus &&
        std::find(buses.begin(), buses.end(), target->name) == buses.end())
        return failure("there is no bus \"" + target->name + "\"");
    return target;
}

Result<void> MidiKeeper::check_learn(const std::string &address) const {
    if (address.empty())
        return {};
    const auto target = target_to_learn(address);
    return target ? Result<void>() : tl::unexpected(target.error());
}

Result<void> MidiKeeper::learn(const std::string &address) {
    learner_.reset();
    if (address.empty())
        return {};
    auto target = target_to_learn(address);
    if (!target)
        return tl::unexpected(target.error());
    wanted_ = std::move(*target);
    learned_.clear();
    learner_.emplace();
    learning_since_ = world_.clock();
    // What was moved before does not count.
    (void)poll();
    learner_.emplace();
    return {};
}

/// As a map of the profile says that the control shows something; else it shows what it sends.
void MidiKeeper::add_feedback(MidiBinding &binding) const {
    for (const MidiMap &map : of_profile_)
        for (const MidiBinding &known : map.bindings)
            if (known.feedback && known.control.meets(binding.control)) {
                binding.feedback = known.feedback;
                binding.feedback->send.channel = std::max(known.feedback->send.channel, 1);
                binding.touch = known.touch;
                binding.takeover = known.takeover;
                return;
            }
    if (is_shown_as_sent(binding))
        binding.feedback = {.send = binding.control, .high = binding.control.maximum()};
}

void MidiKeeper::finish_learning(const midi::LearnedControl &control) {
    learner_.reset();
    MidiBinding binding{.control = control.control, .target = wanted_, .mode = control.mode};
    if (wanted_.kind != MidiTarget::Kind::parameter && wanted_.kind != MidiTarget::Kind::route)
        binding.mode = MidiMode::trigger;
    if (wanted_.kind == MidiTarget::Kind::route)
        binding.mode = MidiMode::toggle;
    add_feedback(binding);
    learned_ = to_yaml(binding);
    world_.profiles.keep(std::string(kLearnedPath) + binding.control.full_text(), learned_);
    apply();
    world_.state.notify(wanted_.text() + " is bound to " + binding.text());
}

Controllers::Learning MidiKeeper::learning() const {
    return {learner_ ? wanted_.text() : "", learned_};
}

std::vector<Controllers::Binding> MidiKeeper::bindings() const {
    std::vector<Binding> out;
    for (const Active &active : active_)
        out.push_back({active.map, to_yaml(active.binding)});
    return out;
}

Result<std::vector<std::string>>
MidiKeeper::learned_paths(const std::string &address_or_control) const {
    std::vector<std::string> out;
    for (const auto &[path, text, unused_because] : world_.profiles.overlay_entries()) {
        const auto binding =
            path.starts_with(kLearnedPath) ? midi_binding_from_yaml(text) : failure("no binding");
        if (binding && (binding->target.text() == address_or_control ||
                        binding->control.text() == address_or_control ||
                        binding->control.full_text() == address_or_control))
            out.push_back(path);
    }
    if (out.empty())
        return failure("nothing was learned for \"" + address_or_control + "\"",
                       "\"headroom midi list\" lists what was");
    return out;
}

Result<void> MidiKeeper::check_forget(const std::string &address_or_control) const {
    const auto paths = learned_paths(address_or_control);
    return paths ? Result<void>() : tl::unexpected(paths.error());
}

Result<int> MidiKeeper::forget(const std::string &address_or_control) {
    const auto paths = learned_paths(address_or_control);
    if (!paths)
        return tl::unexpected(paths.error());
    int count = 0;
    for (const std::string &path : *paths)
        count += world_.profiles.overlay().clear(path) ? 1 : 0;
    world_.profiles.overlay_changed();
    apply();
    return count;
}

} // namespace headroom::control
