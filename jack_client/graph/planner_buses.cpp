// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of the planner that is the same for all applications: buses, sinks and connections.
#include "jack_client/graph/planner.hpp"

#include <algorithm>

namespace headroom::graph {

bool Planner::is_our_sink(const std::string &client) const {
    return setup_.backend != Backend::direct && is_headroom_sink(client);
}

/// Inputs or monitors of one of our PipeWire sinks, where it is there.
std::optional<PortGroup> Planner::our_sink(const std::string &name, bool monitors,
                                           const GraphView &view) const {
    const ClientView *found = view.find(name);
    if (!is_our_sink(name) || !found || !found->is_sink)
        return std::nullopt;
    PortGroup out{.client = name};
    for (const Port &port : found->ports)
        if (port.is_output == monitors && port.is_physical != monitors)
            out.ports.push_back(port.name);
    return out.ports.empty() ? std::nullopt : std::optional(out);
}

/// Inputs of the first client that the pattern fits, by the name of the client or of the port.
std::optional<PortGroup> Planner::named_sink(const std::string &text, const GraphView &view) const {
    const NamePattern pattern(text);
    PortGroup out;
    const auto look = [&](const std::string &name, const ClientView &client) {
        if (!out.ports.empty() || belongs_to(name, setup_.own_client) || is_our_sink(name))
            return;
        for (const Port &port : client.ports)
            if (!port.is_output && (pattern.matches(name) || pattern.matches(port.name)))
                out.ports.push_back(port.name);
        if (!out.ports.empty())
            out.client = name;
    };
    for (const std::string &name : view.sinks())
        look(name, *view.find(name));
    for (const auto &[name, client] : view.clients())
        if (client.has_inputs)
            look(name, client);
    if (out.ports.empty())
        return std::nullopt;
    return out;
}

/// The server's first sink, which is the default; while that is ours, the one before it. Empty for
/// none.
std::string Planner::standard_sink(const GraphView &view) const {
    const auto &sinks = view.sinks();
    auto first = std::find_if(sinks.begin(), sinks.end(), [&](const auto &name) {
        return !is_our_sink(name) && !microphones_.contains(name);
    });
    if (first == sinks.end())
        return {};
    if (first != sinks.begin()) {
        const auto &former = setup_.former_default_names;
        const auto known =
            std::find_first_of(sinks.begin(), sinks.end(), former.begin(), former.end());
        first = known != sinks.end() ? known : first;
    }
    return *first;
}

/// What a pattern names, or the standard sink; if an effect plays there and into our sink, its
/// device. Ports that only count are taken in the order of the channels.
std::optional<PortGroup> Planner::sink_of(const std::string &pattern, const ChannelLayout &channels,
                                          const GraphView &view) const {
    if (pattern == kNoSink)
        return std::nullopt;
    std::optional<PortGroup> out;
    if (!pattern.empty()) {
        out = named_sink(pattern, view);
    } else {
        std::string name = standard_sink(view);
        if (name == plan_.effect && !name.empty())
            name = find_effect(name)->device;
        if (name.empty())
            return std::nullopt;
        out = PortGroup{.client = name};
        for (const Port &port : view.find(name)->ports)
            if (port.is_physical && !port.is_output)
                out->ports.push_back(port.name);
    }
    const bool mono = channels == ChannelLayout{Channel::mono};
    if (out)
        out->name_channels(mono ? ChannelLayout{Channel::fl, Channel::fr} : channels);
    return out;
}

/// By way of the session manager, which follows the default. It has room for the first bus alone.
std::optional<PortGroup> Planner::way_to_default(const BusPorts &bus, const GraphView &view) const {
    const ClientView *found = view.find(kHeadroomReturn);
    if (setup_.backend != Backend::smart_filter || !found || !bus.sink.empty() ||
        &bus != &setup_.buses.front())
        return std::nullopt;
    PortGroup out{.client = kHeadroomReturn};
    for (const Port &port : found->ports)
        if (!port.is_output)
            out.ports.push_back(port.name);
    out.name_channels(bus.channels);
    return out.ports.empty() ? std::nullopt : std::optional(out);
}

void Planner::plan_bus(const BusPorts &bus, const GraphView &view) {
    const auto all_there = [&](const std::vector<std::string> &ports) {
        return std::all_of(ports.begin(), ports.end(),
                           [&](const auto &port) { return view.has_port(port); });
    };
    buses_.push_back({&bus, all_there(bus.inputs), sink_of(bus.sink, bus.channels, view)});
    std::optional<PortGroup> &to = buses_.back().to;
    keep_out_of_loop(bus, to, view);
    if (to)
        plan_.playback.insert(to->ports.begin(), to->ports.end());
    else if (bus.sink != kNoSink)
        plan_.notices.push_back("bus " + bus.name + " has no sink" +
                                (bus.sink.empty() ? "" : " '" + bus.sink + "'"));
    auto way = way_to_default(bus, view);
    if (!way)
        way = to;
    plan_.bus_sinks.push_back(to ? to->client : way ? way->client : std::string());
    if (!way || !all_there(bus.outputs))
        return;
    const auto links = link_groups({.ports = bus.outputs, .channels = bus.channels}, *way);
    plan_.bus_links.insert(plan_.bus_links.end(), links.begin(), links.end());
    if (way->channels == ChannelLayout{Channel::mono} && links.size() > 1)
        plan_.notices.push_back("sink " + way->client + " is mono: the channels of bus " +
                                bus.name + " are added up there, to 6 dB over its ceiling at most");
    for (std::size_t i = 0; i < bus.outputs.size(); ++i)
        if (std::none_of(links.begin(), links.end(),
                         [&](const Link &link) { return link.from == bus.outputs[i]; }))
            plan_.notices.push_back("sink " + way->client + " has no channel " +
                                    std::string(symbol(bus.channels[i])) + " for bus " + bus.name);
}

/// If a bus has no sink, nobody can tell what would reach it, and all is taken.
void Planner::plan_taken(const GraphView &view) {
    for (const BusPlan &plan : buses_) {
        if (!plan.to) {
            plan_.taken = plan_.playback;
            return;
        }
        for (const Link &link :
             link_groups({.ports = plan.bus->inputs, .channels = plan.bus->channels}, *plan.to)) {
            plan_.taken.insert(link.to);
            plan_.behind.emplace(link.to, link.from);
        }
        if (const auto standard = sink_of({}, plan.bus->channels, view))
            plan_.taken.insert(standard->ports.begin(), standard->ports.end());
    }
}

/// Our PipeWire sink feeds the first bus; without the program it feeds that bus's sink. Each
/// further bus has a sink that lives as long as we do.
void Planner::plan_our_sinks(const GraphView &view) {
    for (const std::string &name : view.sinks())
        if (const auto inputs = our_sink(name, false, view))
            plan_.our_playback.insert(inputs->ports.begin(), inputs->ports.end());
    for (const BusPlan &plan : buses_) {
        const bool is_first = &plan == &buses_.front();
        auto monitors =
            our_sink(is_first ? kHeadroomSink : bus_sink_name(plan.bus->name), true, view);
        if (!monitors)
            continue;
        const std::vector<std::string> all_monitors = monitors->ports;
        monitors->name_channels(plan.bus->channels);
        if (plan.is_ready) {
            const auto links =
                link_groups(*monitors, {.ports = plan.bus->inputs, .channels = plan.bus->channels});
            plan_.monitor_links.insert(plan_.monitor_links.end(), links.begin(), links.end());
        }
        if (!is_first)
            continue;
        if (plan.to)
            plan_.restore_links = link_groups(*monitors, *plan.to);
        for (const std::string &monitor : all_monitors)
            for (const std::string &port : plan_.playback)
                plan_.shortcuts.insert({monitor, port});
    }
    if (!our_sink(kHeadroomSink, false, view))
        plan_.notices.push_back(
            std::string("PipeWire has no sink '") + kHeadroomSink + "'" +
            (setup_.backend == Backend::null_sink ? "; run 'headroom sink install'" : ""));
}

/// A bus by its name, or the ports that a pattern fits, one group for each client.
std::vector<PortGroup> Planner::ends_of(const std::string &end, bool outputs,
                                        const GraphView &view) const {
    if (const BusPlan *plan = find_bus(end)) {
        PortGroup group{.client = setup_.own_client,
                        .ports = outputs ? plan->bus->outputs : plan->bus->inputs,
                        .channels = plan->bus->channels};
        if (!std::all_of(group.ports.begin(), group.ports.end(),
                         [&](const auto &port) { return view.has_port(port); }))
            return {};
        return {group};
    }
    const NamePattern pattern(end);
    std::vector<PortGroup> out;
    for (const auto &[name, client] : view.clients()) {
        if (belongs_to(name, setup_.own_client))
            continue;
        PortGroup group{.client = name};
        for (const Port &port : client.ports)
            if (port.is_output == outputs && (pattern.matches(name) || pattern.matches(port.name)))
                group.ports.push_back(port.name);
        if (!group.ports.empty())
            out.push_back(std::move(group));
    }
    return out;
}

/// A client that is just opening its ports keeps what it had: half a pair would be linked as mono.
void Planner::plan_connections(const GraphView &view, const PortFlux &flux,
                               const std::set<Link> &former) {
    for (const Link &link : former)
        if (flux.contains(client_of(link.from)) || flux.contains(client_of(link.to)))
            plan_.connections.insert(link);
    for (const Connection &connection : setup_.connections)
        for (const PortGroup &from : ends_of(connection.from, true, view))
            for (const PortGroup &to : ends_of(connection.to, false, view)) {
                if (from.client == to.client || flux.contains(from.client) ||
                    flux.contains(to.client))
                    continue;
                const BusPlan *into = find_bus(connection.to);
                if (const auto way = into ? way_from(*into->bus, from.client, view) : "";
                    !way.empty()) {
                    plan_.notices.push_back(connection.name + ": " + from.client +
                                            " is not connected to bus " + connection.to +
                                            ", which would hear itself: " + way);
                    continue;
                }
                PortGroup source = from;
                PortGroup target = to;
                if (source.channels.empty() && !target.channels.empty())
                    source.name_channels(target.channels);
                else if (target.channels.empty() && !source.channels.empty())
                    target.name_channels(source.channels);
                const auto links = source.channels.empty() ? link_plainly(source, target)
                                                           : link_groups(source, target);
                plan_.connections.insert(links.begin(), links.end());
            }
}

} // namespace headroom::graph
