// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/planner.hpp"

#include "jack_client/graph/channel_map.hpp"

#include <algorithm>
#include <optional>

namespace headroom::graph {

namespace {

/// Playback ports that a bus feeds, with the channel of each.
struct Destination {
    std::string client;
    std::vector<std::string> ports;
    ChannelLayout channels;
};

std::vector<std::string> short_names(const std::vector<std::string> &ports) {
    std::vector<std::string> out;
    out.reserve(ports.size());
    for (const std::string &port : ports)
        out.push_back(port.substr(port.find(':') + 1));
    return out;
}

bool contains(const std::vector<std::string> &ports, const std::string &port) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
}

class Planner {
  public:
    Planner(const Snapshot &snapshot, const RouterSetup &setup)
        : snapshot_(snapshot), setup_(setup), clients_(find_clients(snapshot, setup.own_client)) {}

    Plan make() {
        if (!clients_.sink_order.empty())
            plan_.default_sink = clients_.sink_order.front();
        for (const auto &[name, sink] : clients_.sinks)
            if (!is_our_sink(name))
                plan_.playback.insert(sink.playback.begin(), sink.playback.end());
        for (const BusPorts &bus : setup_.buses)
            plan_bus(bus);
        if (setup_.backend == Backend::null_sink)
            plan_our_sink();
        for (const auto &[name, application] : clients_.applications)
            plan_application(name, application);
        if (setup_.strips)
            setup_.strips->keep_strips(with_strips_);
        return std::move(plan_);
    }

  private:
    bool is_our_sink(const std::string &client) const {
        return setup_.backend == Backend::null_sink && client == kHeadroomSink;
    }

    const Sink *our_sink() const {
        const auto found = clients_.sinks.find(kHeadroomSink);
        return setup_.backend == Backend::null_sink && found != clients_.sinks.end()
                   ? &found->second
                   : nullptr;
    }

    bool exists(const std::string &name) const {
        return std::any_of(snapshot_.ports.begin(), snapshot_.ports.end(),
                           [&](const Port &port) { return port.name == name; });
    }

    /// The sink of a bus: what its pattern matches, or the server's first sink. Ports that only
    /// count are taken in the order of the bus's channels.
    std::optional<Destination> destination(const BusPorts &bus) const {
        Destination out;
        if (bus.sink.empty()) {
            const auto first = std::find_if(clients_.sink_order.begin(), clients_.sink_order.end(),
                                            [&](const auto &name) { return !is_our_sink(name); });
            if (first == clients_.sink_order.end())
                return std::nullopt;
            out.client = *first;
            out.ports = clients_.sinks.at(*first).playback;
        } else {
            const NamePattern pattern(bus.sink);
            for (const Port &port : snapshot_.ports) {
                const std::string client(port.client());
                if (port.is_output || belongs_to(client, setup_.own_client) || is_our_sink(client))
                    continue;
                if (!out.ports.empty() && client != out.client)
                    continue;
                if (pattern.matches(client) || pattern.matches(port.name)) {
                    out.client = client;
                    out.ports.push_back(port.name);
                }
            }
            if (out.ports.empty())
                return std::nullopt;
        }
        const bool mono = bus.channels == ChannelLayout{Channel::mono};
        const ChannelLayout order = mono ? ChannelLayout{Channel::fl, Channel::fr} : bus.channels;
        name_channels(out, order);
        return out;
    }

    static void name_channels(Destination &destination, const ChannelLayout &order) {
        const std::vector<std::string> names = short_names(destination.ports);
        for (const std::string &name : names)
            if (const auto channel = channel_named_by(name))
                destination.channels.push_back(*channel);
        if (destination.channels.size() == names.size())
            return;
        destination.ports.resize(std::min(destination.ports.size(), order.size()));
        destination.channels = channels_of(short_names(destination.ports), order).value_or(order);
        destination.channels.resize(destination.ports.size());
    }

    void plan_bus(const BusPorts &bus) {
        const auto to = destination(bus);
        if (!to) {
            plan_.notices.push_back("bus " + bus.name + " has no sink" +
                                    (bus.sink.empty() ? "" : " '" + bus.sink + "'"));
            return;
        }
        plan_.playback.insert(to->ports.begin(), to->ports.end());
        if (!std::all_of(bus.outputs.begin(), bus.outputs.end(),
                         [&](const auto &port) { return exists(port); }))
            return;
        const auto links = link_channels(bus.outputs, bus.channels, to->ports, to->channels);
        plan_.bus_links.insert(plan_.bus_links.end(), links.begin(), links.end());
        for (std::size_t i = 0; i < bus.outputs.size(); ++i)
            if (std::none_of(links.begin(), links.end(),
                             [&](const Link &link) { return link.from == bus.outputs[i]; }))
                plan_.notices.push_back("sink " + to->client + " has no channel " +
                                        std::string(symbol(bus.channels[i])) + " for bus " +
                                        bus.name);
    }

    /// Our PipeWire sink feeds the first bus; without the program it feeds that bus's sink.
    void plan_our_sink() {
        const Sink *ours = our_sink();
        if (!ours) {
            plan_.notices.push_back(std::string("PipeWire has no sink '") + kHeadroomSink +
                                    "'; run 'headroom sink install'");
            return;
        }
        plan_.our_playback.insert(ours->playback.begin(), ours->playback.end());
        if (setup_.buses.empty())
            return;
        const BusPorts &bus = setup_.buses.front();
        Destination monitors{.ports = ours->monitors};
        name_channels(monitors, bus.channels);
        if (ready(bus))
            plan_.monitor_links =
                link_channels(monitors.ports, monitors.channels, bus.inputs, bus.channels);
        if (const auto to = destination(bus))
            plan_.restore_links =
                link_channels(monitors.ports, monitors.channels, to->ports, to->channels);
        for (const std::string &monitor : ours->monitors)
            for (const std::string &port : plan_.playback)
                plan_.shortcuts.insert({monitor, port});
    }

    bool ready(const BusPorts &bus) const {
        return std::all_of(bus.inputs.begin(), bus.inputs.end(),
                           [&](const auto &port) { return exists(port); });
    }

    const BusPorts *find_bus(const std::string &name) const {
        const auto found = std::find_if(setup_.buses.begin(), setup_.buses.end(),
                                        [&](const BusPorts &bus) { return bus.name == name; });
        return found == setup_.buses.end() ? nullptr : &*found;
    }

    /// The bus whose insert leads to the client or back from it, or nullptr.
    const BusPorts *insert_with(const std::string &client) const {
        const auto is_of_client = [&](const std::string &port) {
            return port.starts_with(client + ":");
        };
        for (const BusPorts &bus : setup_.buses)
            for (const Link &link : snapshot_.links)
                if ((contains(bus.sends, link.from) && is_of_client(link.to)) ||
                    (contains(bus.returns, link.to) && is_of_client(link.from)))
                    return &bus;
        return nullptr;
    }

    void plan_application(const std::string &name, const Application &application) {
        PlannedApplication out{.name = name,
                               .route = {Route::Kind::ignore, {}},
                               .ports = application.ports,
                               .is_stream =
                                   setup_.backend == Backend::null_sink && application.is_stream};
        bool wants_strip = false;
        if (const Rule *rule = first_match(setup_.rules, application.names)) {
            out.route = rule->route;
            out.rule = rule->name;
            wants_strip = rule->strip;
        }
        if (const BusPorts *bus = insert_with(name)) {
            // Its sound belongs to the bus already; taken as an application it would go in circles.
            out.route = {Route::Kind::ignore, {}};
            out.rule.clear();
            out.notice = "works in the insert of bus " + bus->name;
            out.in_insert = true;
        }
        const BusPorts *bus = out.route.kind == Route::Kind::bus ? find_bus(out.route.bus)
                              : setup_.buses.empty()             ? nullptr
                                                                 : &setup_.buses.front();
        if (bus)
            if (const auto to = destination(*bus)) {
                out.sink = to->client;
                out.sink_links = links_to(application, to->ports, to->channels);
            }
        if (out.route.kind == Route::Kind::bus)
            plan_bus_route(out, application, bus, wants_strip);
        else if (out.route.kind == Route::Kind::bypass)
            out.links = out.sink_links;
        plan_.applications.push_back(std::move(out));
    }

    void plan_bus_route(PlannedApplication &out, const Application &application,
                        const BusPorts *bus, bool wants_strip) {
        if (!bus) {
            out.notice = "there is no bus " + out.route.bus;
            return;
        }
        if (!ready(*bus))
            return;
        if (setup_.backend == Backend::null_sink) {
            plan_into_our_sink(out, application, *bus);
            return;
        }
        const auto channels = channels_of(short_names(application.ports), bus->channels);
        if (channels)
            out.links = link_channels(application.ports, *channels, bus->inputs, bus->channels);
        // Half an application in the bus and half beside it would be worse than none.
        out.feasible =
            channels &&
            std::all_of(application.ports.begin(), application.ports.end(),
                        [&](const std::string &port) {
                            return std::any_of(out.links.begin(), out.links.end(),
                                               [&](const Link &link) { return link.from == port; });
                        });
        if (out.feasible) {
            if (wants_strip && setup_.strips)
                plan_strip(out, application, *bus, *channels);
            return;
        }
        out.links.clear();
        out.notice = "its " + std::to_string(application.ports.size()) +
                     " channels do not fit the " + std::to_string(bus->channels.size()) +
                     " of bus " + bus->name + "; left alone";
    }

    /// Into ports of its own in the bus, channel by channel; where there are none, into those that
    /// all share.
    void plan_strip(PlannedApplication &out, const Application &application, const BusPorts &bus,
                    const ChannelLayout &channels) {
        const auto ports = setup_.strips->strip_ports(out.name, bus.name, channels);
        if (ports.size() != application.ports.size()) {
            out.notice = "has no strip and shares the input of bus " + bus.name;
            return;
        }
        with_strips_.insert(out.name);
        out.links.clear();
        for (std::size_t i = 0; i < ports.size(); ++i)
            out.links.push_back({application.ports[i], ports[i]});
    }

    void plan_into_our_sink(PlannedApplication &out, const Application &application,
                            const BusPorts &bus) {
        const Sink *ours = our_sink();
        if (!ours)
            return;
        if (&bus != &setup_.buses.front()) {
            out.notice = "under PipeWire only bus " + setup_.buses.front().name + " has a sink";
            return;
        }
        Destination to{.ports = ours->playback};
        name_channels(to, bus.channels);
        out.links = links_to(application, to.ports, to.channels);
        out.feasible = true;
    }

    static std::vector<Link> links_to(const Application &application,
                                      const std::vector<std::string> &ports,
                                      const ChannelLayout &channels) {
        const auto own = channels_of(short_names(application.ports), channels);
        return own ? link_channels(application.ports, *own, ports, channels) : std::vector<Link>{};
    }

    const Snapshot &snapshot_;
    const RouterSetup &setup_;
    Clients clients_;
    Plan plan_;
    std::set<std::string> with_strips_;
};

} // namespace

Plan make_plan(const Snapshot &snapshot, const RouterSetup &setup) {
    return Planner(snapshot, setup).make();
}

} // namespace headroom::graph
