// SPDX-License-Identifier: GPL-3.0-or-later

// What the router thinks of links that an application or a user made.
#include "jack_client/graph/application_router.hpp"

#include <algorithm>

namespace headroom::graph {

/// Only what would reach the sink of a bus is taken. A program that connects itself to another
/// program, or to other outputs, and to none that a bus feeds is heard there.
void ApplicationRouter::look_elsewhere(const PlannedApplication &application, State &state) const {
    const Plan &plan = planner_.plan();
    const bool may_be = application.is_routed() && application.is_direct && !application.exclusive;
    if (!may_be || !state.removed.empty() || !state.given.empty()) {
        state.elsewhere.clear();
        return;
    }
    const bool is_late = state.elsewhere.empty() && state.settled(graph_.now());
    for (const Link &link : view_.links_from(application.name)) {
        if (plan.taken.contains(link.to) || plan.our_playback.contains(link.to)) {
            state.elsewhere.clear();
            return;
        }
        const std::string client = client_of(link.to);
        const bool is_other = state.ports.contains(link.from) && client != application.name &&
                              !belongs_to(client, planner_.setup().own_client) &&
                              !plan.connections.contains(link);
        if (is_other && !is_late && state.elsewhere.empty() &&
            (plan.applications.contains(client) || !graph_.ignores_self_connections()))
            state.elsewhere = plan.playback.contains(link.to) ? link.to : client;
    }
}

/// A port that the application linked to several ports of the sink, as players do with mono, goes
/// to the same channels of its bus.
void ApplicationRouter::spread(State &state) const {
    const std::vector<Link> planned = state.bus_links;
    const auto goes_to = [&](const std::string &input) {
        return std::any_of(planned.begin(), planned.end(),
                           [&](const Link &link) { return link.to == input; });
    };
    for (const Link &own : state.removed) {
        const auto is_sibling = [&](const Link &other) {
            return other.from == own.from && other.to != own.to;
        };
        if (std::none_of(state.removed.begin(), state.removed.end(), is_sibling))
            continue;
        const auto [first, last] = planner_.plan().behind.equal_range(own.to);
        for (auto it = first; it != last; ++it) {
            const Link link{own.from, it->second};
            if (goes_to(link.to) && std::find(state.bus_links.begin(), state.bus_links.end(),
                                              link) == state.bus_links.end())
                state.bus_links.push_back(link);
        }
    }
}

/// Raw sound may not reach a sink; nothing at all may be reached beside an exclusive bus, and no
/// other sink beside that of a rule.
bool ApplicationRouter::is_forbidden(const PlannedApplication &application,
                                     const Link &link) const {
    const Plan &plan = planner_.plan();
    if (plan.connections.contains(link))
        return false;
    const auto asked = [&](const std::vector<Link> &links) {
        return std::find(links.begin(), links.end(), link) != links.end();
    };
    if (!application.is_routed()) {
        const bool elsewhere = application.has_own_sink && !application.sink_links.empty() &&
                               plan.playback.contains(link.to) && !asked(application.sink_links);
        return elsewhere || plan.our_playback.contains(link.to);
    }
    const bool beside = application.is_direct && plan.our_playback.contains(link.to);
    return plan.playback.contains(link.to) || beside ||
           (application.exclusive && !asked(application.links));
}

/// What appears late is the user's hand. Raw sound beside the same sound out of a bus is nobody's
/// wish: there it is his hand only where he took the link to the bus away before.
bool ApplicationRouter::is_users(const PlannedApplication &application, const State &state,
                                 const Link &link, TimePoint at) const {
    if (application.is_stream || !state.settled(at))
        return false;
    if (!application.is_routed() || !planner_.plan().taken.contains(link.to))
        return true;
    bool is_replaced = false;
    for (const Link &to_bus : state.bus_links) {
        if (to_bus.from != link.from)
            continue;
        const bool is_broken = keeper_.broken_by_user(application.name, to_bus) ||
                               (keeper_.made(application.name, to_bus) &&
                                view_.could_link(to_bus) && !view_.has(to_bus));
        if (!is_broken)
            return false;
        is_replaced = true;
    }
    return is_replaced;
}

/// A link is taken away only where its successor can be made.
bool ApplicationRouter::has_successor(const PlannedApplication &application,
                                      const Link &link) const {
    if (!application.is_routed() || application.exclusive)
        return application.is_routed() || !application.sink_links.empty();
    return !keeper_.fails(application.name, link.from);
}

} // namespace headroom::graph
