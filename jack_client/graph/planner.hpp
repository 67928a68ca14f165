// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/matcher.hpp"
#include "jack_client/graph/reconciler.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

/// Client name of the sink that applications play into under Backend::null_sink, and the node name
/// by which PipeWire's own tools know it. The node name must not be that of our JACK client, which
/// WirePlumber would take for the default sink.
inline constexpr const char *kHeadroomSink = "Headroom Sink";
inline constexpr const char *kHeadroomSinkNode = "headroom-sink";

/// What the rules ask of one application.
struct PlannedApplication {
    std::string name;
    Route route;
    std::string rule;
    std::vector<std::string> ports;
    bool is_stream = false;

    /// The bus can take it. Otherwise the application is left alone, and the notice says why.
    bool feasible = false;
    std::vector<Link> links;      ///< to where the route leads
    std::vector<Link> sink_links; ///< to the sink it would play to without us
    std::string sink;             ///< client of that sink; empty where there is none
    std::string notice;

    /// It works in the insert of a bus, and so its sound is in the bus: it goes nowhere else.
    bool in_insert = false;
};

/// What the rules ask of the graph as it stands.
struct Plan {
    std::vector<PlannedApplication> applications;
    std::vector<Link> bus_links;     ///< from the buses to their sinks
    std::vector<Link> monitor_links; ///< from our PipeWire sink to the first bus
    std::set<Link> shortcuts;        ///< from our PipeWire sink's monitor straight to other sinks
    std::vector<Link> restore_links; ///< the shortcut that keeps sound without us
    std::set<std::string> playback;  ///< ports that raw sound must not reach
    std::set<std::string> our_playback; ///< ports of our PipeWire sink
    std::string default_sink;           ///< the server's first sink; empty where there is none
    std::vector<std::string> notices;
};

Plan make_plan(const Snapshot &snapshot, const RouterSetup &setup);

} // namespace headroom::graph
