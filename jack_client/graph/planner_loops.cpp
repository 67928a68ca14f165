// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of the planner that keeps buses from hearing themselves.
#include "jack_client/graph/planner.hpp"

#include <algorithm>
#include <utility>

namespace headroom::graph {

namespace {

/// Sound goes on from any input of a program to all of its outputs, and from a sink to what it
/// shows of it, but not to its microphones.
bool goes_on(const ClientView &client, const Link &link) {
    constexpr std::string_view kMonitor = "monitor";
    return !client.is_sink || port_part(link.from).starts_with(kMonitor);
}

bool plays_to(const std::string &client, const BusPorts &bus, const GraphView &view) {
    const std::set<Link> &links = view.links_from(client);
    return std::any_of(links.begin(), links.end(), [&](const Link &link) {
        return std::find(bus.inputs.begin(), bus.inputs.end(), link.to) != bus.inputs.end();
    });
}

} // namespace

/// How the sound of a bus arrives at a client, through other programs and buses, as in "main > fx
/// > player > main"; empty if it does not.
std::string Planner::way_from(const BusPorts &bus, const std::string &client,
                              const GraphView &view) const {
    struct Place {
        std::string name; ///< of a bus or a client
        const BusPorts *bus;
        std::string way;
    };
    std::vector<Place> places{{bus.name, &bus, bus.name}};
    std::set<std::pair<std::string, bool>> seen{{bus.name, true}};
    const auto arrive = [&](const Place &from, const Link &link) {
        const auto into =
            std::find_if(setup_.buses.begin(), setup_.buses.end(), [&](const auto &b) {
                return std::find(b.inputs.begin(), b.inputs.end(), link.to) != b.inputs.end();
            });
        const bool is_bus = into != setup_.buses.end();
        std::string name = is_bus ? into->name : client_of(link.to);
        if ((!is_bus && belongs_to(name, setup_.own_client)) || !seen.emplace(name, is_bus).second)
            return;
        std::string way = from.way + " > " + name;
        places.push_back({std::move(name), is_bus ? &*into : nullptr, std::move(way)});
    };
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Place from = places[i];
        if (!from.bus) {
            if (from.name == client)
                return from.way + " > " + bus.name;
            if (const ClientView *found = view.find(from.name))
                for (const Link &link : found->links)
                    if (goes_on(*found, link))
                        arrive(from, link);
            continue;
        }
        const auto leave = [&](const auto &links) {
            for (const Link &link : links)
                if (std::find(from.bus->outputs.begin(), from.bus->outputs.end(), link.from) !=
                    from.bus->outputs.end())
                    arrive(from, link);
        };
        leave(view.links_from(setup_.own_client));
        leave(plan_.bus_links);
        leave(plan_.connections);
    }
    return {};
}

/// A bus of its route would hear itself. The application is left as it is then, with a notice. One
/// that plays to the bus already may be recorded from it by hand, as a DAW does that exports.
bool Planner::is_loop(PlannedApplication &out, const GraphView &view) const {
    std::vector<std::string> names{out.route.bus};
    names.insert(names.end(), out.route.also.begin(), out.route.also.end());
    for (const std::string &name : names) {
        const BusPlan *bus = find_bus(name);
        if (bus == nullptr || plays_to(out.name, *bus->bus, view))
            continue;
        if (const std::string way = way_from(*bus->bus, out.name, view); !way.empty()) {
            out.notice = "bus " + name + " would hear itself: ";
            out.notice += way + "; left as it is";
            return true;
        }
    }
    return false;
}

} // namespace headroom::graph
