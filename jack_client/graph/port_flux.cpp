// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/port_flux.hpp"

#include <algorithm>

namespace headroom::graph {

namespace {

using namespace std::chrono_literals;

/// Ports that come or go sooner after each other belong together.
constexpr auto kRestTime = 20ms;
constexpr auto kLongestFlux = 200ms;

} // namespace

TimePoint PortFlux::Change::end() const {
    return std::min(last + kRestTime, first + kLongestFlux);
}

void PortFlux::note(const std::vector<Event> &events, const GraphView &view) {
    for (const Event &event : events)
        if ((event.kind == Event::Kind::port_added && !view.has_port(event.from)) ||
            event.kind == Event::Kind::port_removed)
            changes_.try_emplace(client_of(event.from), Change{event.at, event.at})
                .first->second.last = event.at;
}

void PortFlux::settle(TimePoint now) {
    std::erase_if(changes_, [&](const auto &change) { return change.second.end() <= now; });
}

std::set<std::pair<TimePoint, std::string>> PortFlux::ends() const {
    std::set<std::pair<TimePoint, std::string>> out;
    for (const auto &[client, change] : changes_)
        out.emplace(change.end(), client);
    return out;
}

} // namespace headroom::graph
