// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/planner.hpp"

#include "jack_client/graph/channel_map.hpp"

#include <algorithm>

namespace headroom::graph {

namespace {

bool contains(const std::vector<std::string> &ports, const std::string &port) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
}

/// Ports that only count are taken for those of the front, and further ones as in 5.1 or 7.1.
ChannelLayout layout_of(std::size_t channels) {
    using enum Channel;
    const ChannelLayout widest{fl, fr, fc, lfe, rl, rr, sl, sr};
    if (channels == 6)
        return *find_layout("5.1");
    return {widest.begin(),
            widest.begin() + static_cast<std::ptrdiff_t>(std::min(channels, widest.size()))};
}

} // namespace

void Planner::configure(RouterSetup setup) {
    setup_ = std::move(setup);
    matched_.clear();
    asks_for_descriptions_ =
        std::any_of(setup_.rules.begin(), setup_.rules.end(),
                    [](const Rule &rule) { return rule.match.asks_for_description(); });
}

void Planner::plan_all(const GraphView &view, const Descriptions &descriptions,
                       const PortFlux &flux) {
    plan_ = {};
    buses_.clear();
    with_strips_.clear();
    std::erase_if(matched_, [&](const auto &entry) { return !view.find(entry.first); });
    if (!view.sinks().empty())
        plan_.default_sink = view.sinks().front();
    for (const std::string &name : view.sinks())
        if (!is_our_sink(name))
            for (const Port &port : view.find(name)->ports)
                if (port.is_physical && !port.is_output)
                    plan_.playback.insert(port.name);
    for (const BusPorts &bus : setup_.buses)
        plan_bus(bus, view);
    if (setup_.backend == Backend::null_sink)
        plan_our_sink(view);
    plan_connections(view);
    for (const auto &[name, client] : view.clients()) {
        const auto known = descriptions.find(name);
        const auto application =
            find_application(name, client, setup_.own_client,
                             known == descriptions.end() ? ClientDescription{} : known->second);
        if (application)
            plan_.applications.emplace(name,
                                       plan_application(*application, view, flux.contains(name)));
    }
    if (setup_.strips)
        setup_.strips->keep_strips(with_strips_);
}

void Planner::plan_client(const std::string &client, const GraphView &view,
                          const ClientDescription &description, bool in_flux) {
    plan_.applications.erase(client);
    with_strips_.erase(client);
    const ClientView *seen = view.find(client);
    if (seen == nullptr)
        matched_.erase(client);
    else if (const auto application =
                 find_application(client, *seen, setup_.own_client, description))
        plan_.applications.emplace(client, plan_application(*application, view, in_flux));
    if (setup_.strips)
        setup_.strips->keep_strips(with_strips_);
}

/// Sinks and what rules link by name are planned for all at once; so are applications of inserts.
bool Planner::may_concern_all(const std::string &client, const GraphView &view) const {
    const ClientView *seen = view.find(client);
    const auto is_of_client = [&](const std::string &port) { return client_of(port) == client; };
    if (belongs_to(client, setup_.own_client) || is_our_sink(client) || (seen && seen->is_sink) ||
        std::any_of(plan_.playback.begin(), plan_.playback.end(), is_of_client))
        return true;
    const auto is_end = [&](const Link &link) {
        return is_of_client(link.from) || is_of_client(link.to);
    };
    if (std::any_of(plan_.connections.begin(), plan_.connections.end(), is_end))
        return true;
    const auto names = [&](const std::string &text) {
        if (seen == nullptr || text.empty() || text == kNoSink)
            return false;
        const NamePattern pattern(text);
        return pattern.matches(client) ||
               std::any_of(seen->ports.begin(), seen->ports.end(),
                           [&](const Port &port) { return pattern.matches(port.name); });
    };
    return std::any_of(setup_.connections.begin(), setup_.connections.end(),
                       [&](const Connection &c) { return names(c.from) || names(c.to); }) ||
           (seen && seen->has_inputs &&
            std::any_of(setup_.buses.begin(), setup_.buses.end(),
                        [&](const BusPorts &bus) { return names(bus.sink); }));
}

const Planner::BusPlan *Planner::find_bus(const std::string &name) const {
    const auto found = std::find_if(buses_.begin(), buses_.end(),
                                    [&](const BusPlan &plan) { return plan.bus->name == name; });
    return found == buses_.end() ? nullptr : &*found;
}

const Planner::Matched &Planner::rule_for(const Application &application) {
    Matched &matched = matched_[application.names->client];
    if (!matched.names || *matched.names != *application.names)
        matched = {application.names, first_match(setup_.rules, *application.names)};
    return matched;
}

/// The bus whose insert leads to the client or back from it, or nullptr.
const BusPorts *Planner::insert_with(const std::string &client, const GraphView &view) const {
    for (const BusPorts &bus : setup_.buses) {
        if (bus.sends.empty())
            continue;
        for (const Link &link : view.links_from(setup_.own_client))
            if (contains(bus.sends, link.from) && client_of(link.to) == client)
                return &bus;
        for (const Link &link : view.links_from(client))
            if (contains(bus.returns, link.to))
                return &bus;
    }
    return nullptr;
}

PlannedApplication Planner::plan_application(const Application &application, const GraphView &view,
                                             bool in_flux) {
    PlannedApplication out{.name = application.names->client,
                           .route = {Route::Kind::ignore, {}, {}},
                           .ports = application.ports,
                           .is_stream =
                               setup_.backend == Backend::null_sink && application.is_stream,
                           .in_flux = in_flux};
    const Matched &matched = rule_for(application);
    out.names = matched.names;
    if (const BusPorts *bus = insert_with(out.name, view)) {
        // Its sound belongs to the bus already; taken as an application it would go in circles.
        out.notice = "works in the insert of bus " + bus->name;
        out.in_insert = true;
        return out;
    }
    static const Rule kNoRule{};
    const Rule *rule = matched.rule;
    if (rule) {
        out.route = rule->route;
        out.rule = rule->name;
        out.exclusive = rule->exclusive;
        out.has_own_sink = !rule->sink.empty();
    } else {
        rule = &kNoRule;
    }
    const BusPlan *bus = out.route.kind == Route::Kind::bus ? find_bus(out.route.bus)
                         : buses_.empty()                   ? nullptr
                                                            : &buses_.front();
    std::optional<PortGroup> home = bus ? bus->to : std::nullopt;
    if (out.has_own_sink)
        home = sink_of(rule->sink, layout_of(application.ports.size()), view);
    if (home) {
        out.sink = home->client;
        const std::size_t count = application.ports.size();
        const auto layout = count > home->channels.size() ? layout_of(count) : home->channels;
        if (const auto own = application_channels(application.ports, *rule, layout))
            out.sink_links = link_groups(*own, *home);
    } else if (out.has_own_sink) {
        out.notice = "there is no sink " + rule->sink;
    }
    if (out.route.kind == Route::Kind::bus)
        plan_bus_route(out, application, *rule, view);
    else if (out.route.kind == Route::Kind::bypass)
        out.links = out.sink_links;
    return out;
}

void Planner::plan_bus_route(PlannedApplication &out, const Application &application,
                             const Rule &rule, const GraphView &view) {
    std::vector<std::string> names{out.route.bus};
    names.insert(names.end(), out.route.also.begin(), out.route.also.end());
    for (const std::string &name : names)
        if (!find_bus(name)) {
            out.notice = "there is no bus " + name;
            return;
        }
    if (!std::all_of(names.begin(), names.end(),
                     [&](const auto &name) { return find_bus(name)->is_ready; }))
        return;
    if (setup_.backend == Backend::null_sink) {
        plan_into_our_sink(out, application, view);
        return;
    }
    for (const std::string &name : names) {
        const BusPorts &bus = *find_bus(name)->bus;
        const auto own = application_channels(application.ports, rule, bus.channels);
        const auto links = own ? link_groups(*own, {.ports = bus.inputs, .channels = bus.channels})
                               : std::vector<Link>{};
        const auto is_linked = [&](const std::string &port) {
            return std::any_of(links.begin(), links.end(),
                               [&](const Link &link) { return link.from == port; });
        };
        // Half an application in the bus and half beside it would be worse than none.
        if (!own || !std::all_of(own->ports.begin(), own->ports.end(), is_linked)) {
            out.links = out.sink_links;
            out.route = {Route::Kind::bypass, {}, {}};
            out.notice = "its " + std::to_string(application.ports.size()) +
                         " channels do not fit the " + std::to_string(bus.channels.size()) +
                         " of bus " + bus.name + "; bypassed";
            return;
        }
        out.links.insert(out.links.end(), links.begin(), links.end());
        if (rule.strip && setup_.strips && names.size() == 1 && !out.in_flux)
            plan_strip(out, *own, bus);
    }
    out.feasible = true;
}

/// Into ports of its own in the bus, channel by channel; where there are none, into those that all
/// share.
void Planner::plan_strip(PlannedApplication &out, const PortGroup &own, const BusPorts &bus) {
    const auto ports = setup_.strips->strip_ports(out.name, bus.name, own.channels);
    if (ports.size() != own.ports.size()) {
        out.notice = "has no strip and shares the input of bus " + bus.name;
        return;
    }
    with_strips_.insert(out.name);
    out.links.clear();
    for (std::size_t i = 0; i < ports.size(); ++i)
        out.links.push_back({own.ports[i], ports[i]});
}

void Planner::plan_into_our_sink(PlannedApplication &out, const Application &application,
                                 const GraphView &view) const {
    const ClientView *ours = our_sink(view);
    if (!ours)
        return;
    const BusPorts &first = *buses_.front().bus;
    if (out.route.bus != first.name || !out.route.also.empty()) {
        out.notice = "under PipeWire only bus " + first.name + " has a sink";
        return;
    }
    PortGroup to{.client = kHeadroomSink};
    for (const Port &port : ours->ports)
        if (!port.is_output && port.is_physical)
            to.ports.push_back(port.name);
    to.name_channels(first.channels);
    if (const auto own = application_channels(application.ports, Rule{}, to.channels))
        out.links = link_groups(*own, to);
    out.feasible = true;
}

} // namespace headroom::graph
