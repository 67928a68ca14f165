// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of the planner for sinks that play on: equalisers, loopbacks, several speakers at once.
#include "jack_client/graph/planner.hpp"

#include <algorithm>
#include <utility>

namespace headroom::graph {

const Effect *Planner::find_effect(const std::string &sink) const {
    const auto found = std::find_if(effects_.begin(), effects_.end(),
                                    [&](const Effect &effect) { return effect.sink == sink; });
    return found == effects_.end() ? nullptr : &*found;
}

/// The ends of an effect share a group. Virtual microphones are noted beside them.
void Planner::find_effects(const GraphView &view, const Descriptions &descriptions) {
    std::map<std::string, Effect> by_group;
    microphones_.clear();
    for (const auto &[name, description] : descriptions) {
        if (description.media_class.starts_with("Audio/Source"))
            microphones_.insert(name);
        const ClientView *client = view.find(name);
        if (description.link_group.empty() || !client || is_our_sink(name) ||
            belongs_to(name, setup_.own_client))
            continue;
        Effect &effect = by_group[description.link_group];
        if (description.media_class == kStreamClass) {
            effect.outputs.insert(name);
            effect.is_pinned = effect.is_pinned ||
                               (!description.target.empty() && !is_our_sink(description.target));
        } else if (client->is_sink) {
            effect.sink = name;
        }
    }
    effects_.clear();
    for (auto &[group, effect] : by_group)
        if (!effect.sink.empty() && !effect.outputs.empty())
            effects_.push_back(std::move(effect));
    for (Effect &effect : effects_)
        effect.device = device_behind(effect, view);
}

/// The sink that the effect plays to, or would play to without us.
std::string Planner::device_behind(const Effect &effect, const GraphView &view) {
    const auto is_device = [&](const std::string &name) {
        const ClientView *client = view.find(name);
        return client && client->is_sink && !is_our_sink(name) && !find_effect(name) &&
               !microphones_.contains(name);
    };
    std::string &device = devices_[effect.sink];
    for (const std::string &output : effect.outputs)
        for (const Link &link : view.links_from(output))
            if (is_device(client_of(link.to)))
                return device = client_of(link.to);
    if (is_device(device))
        return device;
    const auto first = std::find_if(view.sinks().begin(), view.sinks().end(), is_device);
    return device = first == view.sinks().end() ? std::string() : *first;
}

/// An effect that is the default plays into our sink, since that is the default now; so the first
/// bus plays behind it, to its device. Applications play into the effect, as they would without us.
void Planner::stand_behind_effect(const GraphView &view) {
    const BusPorts &bus = setup_.buses.front();
    const bool has_sink =
        setup_.backend == Backend::null_sink && our_sink(kHeadroomSink, true, view);
    const Effect *effect = find_effect(bus.sink.empty() ? standard_sink(view) : std::string());
    if (!effect || effect->is_pinned || effect->device.empty())
        return;
    if (!has_sink) {
        if (setup_.backend == Backend::smart_filter)
            plan_.notices.push_back("the effect " + effect->sink +
                                    " is left out; the backend null-sink plays behind it");
        return;
    }
    plan_.effect = effect->sink;
    plan_.effect_outputs = effect->outputs;
    for (const Port &port : view.find(effect->sink)->ports)
        if (!port.is_output)
            plan_.our_playback.insert(port.name);
}

/// A bus that plays into an effect which plays into the same bus would hear itself.
void Planner::keep_out_of_loop(const BusPorts &bus, std::optional<PortGroup> &to,
                               const GraphView &view) {
    const Effect *effect = to && &bus == &setup_.buses.front() ? find_effect(to->client) : nullptr;
    if (!effect || effect->is_pinned || setup_.backend != Backend::null_sink)
        return;
    plan_.notices.push_back("bus " + bus.name + " would hear itself: " + bus.name + " > " +
                            effect->sink + " > " + *effect->outputs.begin() + " > " +
                            kHeadroomSink + " > " + bus.name +
                            (effect->device.empty() ? "" : "; it plays to " + effect->device));
    to = effect->device.empty() ? std::nullopt : named_sink(effect->device, view);
    if (to)
        to->name_channels(bus.channels);
}

} // namespace headroom::graph
