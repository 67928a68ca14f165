// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/planner.hpp"

#include "jack_client/graph/channel_map.hpp"

#include <algorithm>
#include <utility>

namespace headroom::graph {

namespace {

bool contains(const std::vector<std::string> &ports, const std::string &port) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
}

bool all_linked(const std::vector<std::string> &ports, const std::vector<Link> &links) {
    return std::all_of(ports.begin(), ports.end(), [&](const std::string &port) {
        return std::any_of(links.begin(), links.end(),
                           [&](const Link &link) { return link.from == port; });
    });
}

} // namespace

void Planner::configure(RouterSetup setup) {
    setup_ = std::move(setup);
    matched_.clear();
    asks_for_descriptions_ =
        setup_.describe_all ||
        std::any_of(setup_.rules.begin(), setup_.rules.end(), [](const Rule &rule) {
            return !rule.is_override && rule.match.asks_for_description();
        });
}

bool Planner::is_bypassed_at_sight(const std::string &client, const GraphView &view) const {
    const ClientView *seen = view.find(client);
    const auto application =
        seen ? find_application(client, *seen, setup_.own_client) : std::nullopt;
    if (!application || !application->is_stream)
        return false;
    for (const Rule &rule : setup_.rules) {
        if (rule.match.asks_for_description())
            return false;
        if (rule.match.matches(*application->names))
            return rule.route.kind == Route::Kind::bypass;
    }
    return false;
}

void Planner::plan_all(const GraphView &view, const Descriptions &descriptions,
                       const PortFlux &flux) {
    const std::set<Link> former = std::exchange(plan_, {}).connections;
    buses_.clear();
    own_sinks_.clear();
    std::erase_if(matched_, [&](const auto &entry) { return !view.find(entry.first); });
    if (setup_.backend == Backend::smart_filter)
        plan_.untargeted_sink = kHeadroomSink;
    else if (!view.sinks().empty())
        plan_.untargeted_sink = view.sinks().front();
    for (const std::string &name : view.sinks())
        if (!is_our_sink(name))
            for (const Port &port : view.find(name)->ports)
                if (port.is_physical && !port.is_output)
                    plan_.playback.insert(port.name);
    find_effects(view, descriptions);
    if (!setup_.buses.empty())
        stand_behind_effect(view);
    for (const std::string &port : plan_.our_playback)
        plan_.playback.erase(port);
    for (const BusPorts &bus : setup_.buses)
        plan_bus(bus, view);
    plan_taken(view);
    if (setup_.backend != Backend::direct)
        plan_our_sinks(view);
    plan_connections(view, flux, former);
    for (const auto &[name, client] : view.clients()) {
        const auto known = descriptions.find(name);
        const auto application =
            find_application(name, client, setup_.own_client,
                             known == descriptions.end() ? ClientDescription{} : known->second);
        if (application)
            add_application(*application, view, flux.contains(name));
    }
    std::erase_if(uses_, [&](const auto &use) { return !plan_.applications.contains(use.first); });
    keep_hosts();
}

void Planner::plan_client(const std::string &client, const GraphView &view,
                          const ClientDescription &description, bool in_flux) {
    plan_.applications.erase(client);
    own_sinks_.erase(client);
    const ClientView *seen = view.find(client);
    if (seen == nullptr)
        matched_.erase(client);
    else if (const auto application =
                 find_application(client, *seen, setup_.own_client, description))
        add_application(*application, view, in_flux);
    if (!plan_.applications.contains(client))
        uses_.erase(client);
    keep_hosts();
}

void Planner::add_application(const Application &application, const GraphView &view, bool in_flux) {
    const std::string &client = application.names->client;
    const auto former = uses_.extract(client);
    plan_.applications.insert_or_assign(client, plan_application(application, view, in_flux));
    const auto use = uses_.find(client);
    const bool is_same = use == uses_.end() || (!former.empty() && former.mapped() == use->second);
    is_stale_ = is_stale_ || (!is_same && is_mixed(use->second));
}

void Planner::keep_hosts() {
    std::set<std::string> strips;
    for (const auto &[client, use] : uses_)
        if (use.has_strip)
            strips.insert(use.name);
    if (setup_.strips)
        setup_.strips->keep_strips(strips);
    if (!setup_.sinks)
        return;
    std::set<VirtualSink> sinks;
    for (std::size_t i = 1; i < setup_.buses.size(); ++i)
        sinks.insert({bus_sink_name(setup_.buses[i].name), setup_.buses[i].channels});
    for (const auto &[application, sink] : own_sinks_)
        sinks.insert(sink);
    setup_.sinks->keep_sinks(sinks);
}

/// Sinks and what rules link by name are planned for all at once; so are applications of inserts.
bool Planner::may_concern_all(const std::string &client, const GraphView &view) const {
    const ClientView *seen = view.find(client);
    const auto is_of_client = [&](const std::string &port) { return client_of(port) == client; };
    if (belongs_to(client, setup_.own_client) || is_our_sink(client) || (seen && seen->is_sink) ||
        std::any_of(plan_.playback.begin(), plan_.playback.end(), is_of_client) ||
        std::any_of(effects_.begin(), effects_.end(), [&](const Effect &effect) {
            return effect.sink == client || effect.outputs.contains(client);
        }))
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

const Planner::Matched &Planner::match(const Application &application) {
    Matched &matched = matched_[application.names->client];
    if (!matched.names || *matched.names != *application.names)
        matched = {application.names, decide(setup_.rules, *application.names)};
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
                           .is_stream = setup_.backend != Backend::direct && application.is_stream,
                           .in_flux = in_flux};
    out.is_direct = !out.is_stream;
    out.strip = out.is_stream ? application.shown : out.name;
    const Matched &matched = match(application);
    out.names = matched.names;
    if (const BusPorts *bus = insert_with(out.name, view)) {
        // Its sound belongs to the bus already; taken as an application it would go in circles.
        out.notice = "works in the insert of bus " + bus->name;
        out.in_insert = true;
        return out;
    }
    static const Rule no_rule{};
    const Rule &options = matched.by.options ? *matched.by.options : no_rule;
    if (const Rule *rule = matched.by.route) {
        out.route = rule->route;
        out.rule = rule->name;
    }
    out.exclusive = options.exclusive;
    out.has_own_sink = out.route.kind == Route::Kind::bypass && !options.sink.empty();
    follow_choice(out, application, view);
    const BusPlan *bus = out.route.kind == Route::Kind::bus ? find_bus(out.route.bus)
                         : buses_.empty()                   ? nullptr
                                                            : &buses_.front();
    std::optional<PortGroup> home = bus ? bus->to : std::nullopt;
    if (out.has_own_sink)
        home = sink_of(options.sink, layout_of(application.ports.size()), view);
    if (home) {
        out.sink = home->client;
        const std::size_t count = application.ports.size();
        const auto layout = count > home->channels.size() ? layout_of(count) : home->channels;
        if (const auto own = application_channels(application.ports, options, layout))
            out.sink_links = link_groups(*own, *home);
        else
            out.sink_links = link_plainly({.ports = application.ports}, {.ports = home->ports});
    } else if (out.has_own_sink) {
        out.notice = "there is no sink " + options.sink;
    }
    if (out.is_left)
        out.sink = application.target;
    if (out.route.kind == Route::Kind::bus && !is_loop(out, view))
        plan_bus_route(out, application, options, view);
    else if (out.route.kind == Route::Kind::bypass)
        out.links = out.sink_links;
    return out;
}

/// A stream is heard from the sink that it or its user has chosen: through a bus that plays there,
/// or untouched where none does.
void Planner::follow_choice(PlannedApplication &out, const Application &application,
                            const GraphView &view) const {
    const std::string &chosen = application.target;
    const bool is_choice = out.is_stream && !chosen.empty() && view.find(chosen) &&
                           !is_our_sink(chosen) && !out.has_own_sink;
    if (!is_choice || out.route.kind == Route::Kind::ignore)
        return;
    out.chosen = chosen;
    const auto plays_there = [&](const BusPlan &bus) { return bus.to && bus.to->client == chosen; };
    if (out.route.kind == Route::Kind::bus) {
        const BusPlan *bus = find_bus(out.route.bus);
        const auto other = std::find_if(buses_.begin(), buses_.end(), plays_there);
        if (bus && plays_there(*bus))
            return;
        if (other != buses_.end()) {
            out.route = {Route::Kind::bus, other->bus->name, {}};
            return;
        }
        out.notice = "plays to " + chosen +
                     ", which it or its user has chosen and no bus feeds; "
                     "it is not processed";
    }
    out.is_left = true;
    out.route = {Route::Kind::bypass, {}, {}};
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
    const bool is_single = names.size() == 1;
    const bool plainly = is_single && names.front() == setup_.buses.front().name &&
                         !(rule.asks_for_strip() && setup_.strips);
    if (out.is_stream)
        return plan_stream(out, application, rule, names, view);
    if (setup_.backend != Backend::direct && plainly &&
        plan_client_into_our_sink(out, application, rule, view))
        return;
    for (const std::string &name : names) {
        const BusPorts &bus = *find_bus(name)->bus;
        const auto own = application_channels(application.ports, rule, bus.channels);
        const auto links = own ? link_groups(*own, {.ports = bus.inputs, .channels = bus.channels})
                               : std::vector<Link>{};
        const bool fits = own && all_linked(own->ports, links);
        if (!fits && is_single && rule.downmix && plan_downmix(out, application, bus, rule))
            continue;
        if (!fits)
            return pass_by(out, application, bus, rule);
        out.links.insert(out.links.end(), links.begin(), links.end());
        const bool has_strip = rule.asks_for_strip() && is_single;
        if (has_strip && setup_.strips && !plan_strip(out, *own, bus, rule))
            out.notice = "has no strip and shares the input of bus " + bus.name;
    }
    out.feasible = true;
}

/// Half an application in the bus and half beside it would be worse than none.
void Planner::pass_by(PlannedApplication &out, const Application &application, const BusPorts &bus,
                      const Rule &rule) const {
    out.links = out.sink_links;
    out.route = {Route::Kind::bypass, {}, {}};
    out.notice = "its " + std::to_string(application.ports.size()) + " channels do not fit the " +
                 std::to_string(bus.channels.size()) + " of bus " + bus.name +
                 (rule.downmix ? ", and there is no strip to mix them down" : "") + "; bypassed";
}

/// A JACK client, which no session manager moves. False if its channels do not fit.
bool Planner::plan_client_into_our_sink(PlannedApplication &out, const Application &application,
                                        const Rule &rule, const GraphView &view) const {
    auto to = our_sink(kHeadroomSink, false, view);
    out.is_direct = false;
    if (!to)
        return true;
    to->name_channels(buses_.front().bus->channels);
    if (const auto own = application_channels(application.ports, rule, to->channels)) {
        out.links = link_groups(*own, *to);
        out.feasible = all_linked(own->ports, out.links);
    }
    if (!out.feasible)
        out.links.clear();
    out.is_direct = !out.feasible;
    return out.feasible;
}

} // namespace headroom::graph
