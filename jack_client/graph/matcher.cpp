// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/matcher.hpp"

namespace headroom::graph {

bool belongs_to(std::string_view client, std::string_view own_client) {
    return !own_client.empty() && client.starts_with(own_client) &&
           (client.size() == own_client.size() || client[own_client.size()] == '-');
}

Clients find_clients(const Snapshot &snapshot, const std::string &own_client) {
    Clients out;
    for (const Port &port : snapshot.ports) {
        if (!port.is_physical || port.is_output)
            continue;
        const std::string client(port.client());
        Sink &sink = out.sinks[client];
        if (sink.playback.empty())
            out.sink_order.push_back(client);
        sink.playback.push_back(port.name);
    }
    for (const Port &port : snapshot.ports) {
        if (!port.is_output || port.is_physical || belongs_to(port.client(), own_client))
            continue;
        const std::string client(port.client());
        if (const auto sink = out.sinks.find(client); sink != out.sinks.end()) {
            sink->second.monitors.push_back(port.name);
            continue;
        }
        Application &application = out.applications[client];
        application.names.client = client;
        application.ports.push_back(port.name);
        application.names.ports.emplace_back(port.short_name());
        application.names.aliases.insert(application.names.aliases.end(), port.aliases.begin(),
                                         port.aliases.end());
        application.is_stream = application.is_stream || !port.aliases.empty();
    }
    return out;
}

} // namespace headroom::graph
