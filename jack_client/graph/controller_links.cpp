// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/controller_links.hpp"

#include "jack_client/graph/matcher.hpp"

#include <algorithm>

namespace headroom::graph {

namespace {

constexpr const char *kOwner = "controllers";

} // namespace

void ControllerLinks::set_devices(const std::vector<std::string> &patterns) {
    devices_.clear();
    for (const std::string &pattern : patterns)
        devices_.emplace_back(pattern);
    next_ = graph_.now();
}

bool ControllerLinks::is_device(const Port &port) const {
    return std::any_of(devices_.begin(), devices_.end(), [&](const NamePattern &device) {
        return device.matches(port.client()) || device.matches(port.name) ||
               std::any_of(port.aliases.begin(), port.aliases.end(),
                           [&](const std::string &alias) { return device.matches(alias); });
    });
}

bool ControllerLinks::is_due(const std::vector<Event> &events) const {
    return (!devices_.empty() && !events.empty()) || (next_ && graph_.now() >= *next_);
}

void ControllerLinks::step(const std::vector<Event> &events, const Snapshot &midi,
                           const ControllerPorts &ours) {
    for (const Event &event : events)
        if (event.kind == Event::Kind::port_removed)
            keeper_.forget_port(event.from);
    std::set<Link> wanted;
    for (const Port &port : midi.ports)
        if (!belongs_to(port.client(), client_of(ours.in)) && is_device(port))
            wanted.insert(port.is_output ? Link{port.name, ours.in} : Link{ours.out, port.name});
    next_ = keeper_.keep(kOwner, wanted, GraphView(midi));
}

} // namespace headroom::graph
