// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of the planner that gives applications strips and sinks of their own.
#include "jack_client/graph/planner.hpp"

#include <algorithm>
#include <utility>

namespace headroom::graph {

/// Under the name of the application where no other stream of it is used otherwise.
const Planner::StripUse &Planner::use_strip(const PlannedApplication &application,
                                            StripUse wanted) {
    const auto is_free = [&](const std::string &name) {
        return std::none_of(uses_.begin(), uses_.end(), [&](const auto &other) {
            return other.second.name == name && !other.second.is_as(wanted);
        });
    };
    wanted.name = application.strip;
    if (!is_free(wanted.name))
        wanted.name += "-" + wanted.buses.front();
    if (!is_free(wanted.name))
        wanted.name = application.name;
    return uses_[application.name] = std::move(wanted);
}

/// Its streams have different channels.
bool Planner::is_mixed(const StripUse &use) const {
    return std::any_of(uses_.begin(), uses_.end(), [&](const auto &other) {
        return other.second.name == use.name && other.second.channels != use.channels;
    });
}

/// Into ports of its own in the bus, channel by channel. False where there are none to be had.
bool Planner::plan_strip(PlannedApplication &out, const PortGroup &own, const BusPorts &bus,
                         const Rule &rule) {
    if (out.in_flux)
        return true;
    const auto ports =
        setup_.strips->strip_ports({out.strip, bus.name, own.channels, rule.level_dbfs});
    if (!ports)
        return false;
    use_strip(out, {{}, {bus.name}, true, rule.level_dbfs, own.channels});
    out.in_flux = ports->size() != own.ports.size();
    if (out.in_flux)
        return true;
    out.links.clear();
    for (std::size_t i = 0; i < ports->size(); ++i)
        out.links.push_back({own.ports[i], (*ports)[i]});
    return true;
}

/// Into a strip that mixes down. False where that cannot be.
bool Planner::plan_downmix(PlannedApplication &out, const Application &application,
                           const BusPorts &bus, const Rule &rule) {
    const auto own =
        application_channels(application.ports, rule, layout_of(application.ports.size()));
    return own && setup_.strips && plan_strip(out, *own, bus, rule);
}

/// The session manager plays a stream to one sink: that of its bus, or, where it has a strip or
/// several buses, one of its own that leads there. Until that stands it plays to that of its bus,
/// and until that stands to the first of all.
void Planner::plan_stream(PlannedApplication &out, const Application &application, const Rule &rule,
                          const std::vector<std::string> &buses, const GraphView &view) {
    const BusPorts &bus = *find_bus(buses.front())->bus;
    const bool is_first = &bus == &setup_.buses.front();
    if (!setup_.sinks && (!is_first || buses.size() > 1)) {
        out.notice = "under PipeWire only bus " + setup_.buses.front().name + " has a sink";
        return;
    }
    out.into = is_first ? kHeadroomSink : bus_sink_name(bus.name);
    if (!our_sink(out.into, true, view))
        out.into = kHeadroomSink;
    if (!our_sink(out.into, true, view))
        return;
    out.feasible = true;
    if (is_first && !plan_.effect.empty())
        out.into = plan_.effect;
    const bool has_strip = rule.asks_for_strip() && setup_.strips && buses.size() == 1;
    if (!setup_.sinks || out.in_flux || (!has_strip && buses.size() == 1))
        return;
    const auto own = application_channels(application.ports, rule, bus.channels);
    const bool fits =
        own && (own->channels == ChannelLayout{Channel::mono} ||
                std::all_of(own->channels.begin(), own->channels.end(), [&](Channel channel) {
                    return std::find(bus.channels.begin(), bus.channels.end(), channel) !=
                           bus.channels.end();
                }));
    const StripUse &use = use_strip(
        out, {{}, buses, has_strip, rule.level_dbfs, fits ? own->channels : bus.channels});
    out.strip = use.name;
    // What fits no better is mixed to the bus's channels by PipeWire.
    const ChannelLayout channels = is_mixed(use) ? bus.channels : use.channels;
    PortGroup strip{.channels = channels};
    if (has_strip) {
        const auto ports =
            setup_.strips->strip_ports({out.strip, bus.name, channels, rule.level_dbfs});
        if (!ports) {
            uses_.erase(out.name);
            out.notice = "has no strip and shares the input of bus " + bus.name;
            return;
        }
        strip.ports = *ports;
        if (strip.ports.size() != channels.size())
            return;
    }
    const VirtualSink sink{application_sink_name(out.strip), channels};
    own_sinks_.emplace(out.name, sink);
    auto monitors = our_sink(sink.name, true, view);
    if (!monitors)
        return;
    monitors->name_channels(channels);
    if (monitors->channels != channels)
        return;
    const auto add = [&](const std::vector<Link> &links) {
        out.feed.insert(out.feed.end(), links.begin(), links.end());
    };
    if (has_strip)
        return add(link_groups(*monitors, strip));
    for (const std::string &name : buses)
        add(link_groups(*monitors, {.ports = find_bus(name)->bus->inputs,
                                    .channels = find_bus(name)->bus->channels}));
}

} // namespace headroom::graph
