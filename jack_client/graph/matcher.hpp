// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/rules.hpp"
#include "jack_client/graph/port_graph.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::graph {

/// A client that plays, as the rules see it.
struct Application {
    std::vector<std::string> ports; ///< full names of its audio outputs, in the server's order
    ApplicationNames names;

    /// PipeWire gives the ports of its own streams aliases; ports of JACK clients have none unless
    /// the client sets them. A session manager moves streams, and leaves JACK clients alone.
    bool is_stream = false;
};

/// A client that sound is played to: its playback ports are physical.
struct Sink {
    std::vector<std::string> playback; ///< full names, in the server's order
    std::vector<std::string> monitors; ///< its outputs that are not physical
};

/// The snapshot by clients; keys are client names.
struct Clients {
    std::map<std::string, Application> applications;
    std::map<std::string, Sink> sinks;
    std::vector<std::string> sink_order; ///< as the server lists them, the default first
};

/// The client's own ports, and those of its helpers ("headroom-graph") and further instances
/// ("headroom-01").
bool belongs_to(std::string_view client, std::string_view own_client);

/// Applications are clients with audio outputs that are neither physical nor ours nor a sink's
/// monitor.
Clients find_clients(const Snapshot &snapshot, const std::string &own_client);

} // namespace headroom::graph
