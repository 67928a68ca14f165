// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"

#include <set>
#include <string>
#include <string_view>
#include <tuple>

namespace headroom::graph {

/// Client name of the sink that applications play into under PipeWire, and the node name by which
/// PipeWire's own tools know it. The node name must not be that of our JACK client, which
/// WirePlumber would take for the default sink.
inline constexpr const char *kHeadroomSink = "Headroom Sink";
inline constexpr const char *kHeadroomSinkNode = "headroom-sink";

/// Under Backend::smart_filter, what buses that follow the default sink play to: the session
/// manager links its other end, kHeadroomOut, to that sink. Clients and nodes are called so.
inline constexpr const char *kHeadroomReturn = "headroom-return";
inline constexpr const char *kHeadroomOut = "headroom-out";

/// A PipeWire sink of ours beside the Headroom Sink.
struct VirtualSink {
    std::string name; ///< of its client
    ChannelLayout channels;
    bool operator==(const VirtualSink &) const = default;
    bool operator<(const VirtualSink &other) const {
        return std::tie(name, channels) < std::tie(other.name, other.channels);
    }
};

/// Name of the sink that feeds a bus, other than the first.
std::string bus_sink_name(std::string_view bus);
/// Name of the sink that one application has for itself.
std::string application_sink_name(std::string_view application);

/// The Headroom Sink or a VirtualSink.
bool is_headroom_sink(std::string_view client);

/// Makes PipeWire sinks. Asked in the graph thread alone, whenever a plan was made.
class SinkHost {
  public:
    virtual ~SinkHost() = default;

    /// These are to be there. New ones show in the graph later; those that are not named any more
    /// end after a moment.
    virtual void keep_sinks(const std::set<VirtualSink> &sinks) = 0;
};

} // namespace headroom::graph
