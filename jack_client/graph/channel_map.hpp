// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "jack_client/graph/port_graph.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::graph {

/// The channel that a port's short name tells ("output_FL", "left", "out_r", "Mono"), or nothing
/// where it only counts ("out_1") or says nothing.
std::optional<Channel> channel_named_by(std::string_view short_name);

/// The channel of each port of one client: by name where every name tells one, else by order,
/// where the n-th port is the layout's n-th channel and a single port is mono. Nothing where the
/// names contradict each other or there are more ports than channels.
std::optional<ChannelLayout> channels_of(const std::vector<std::string> &short_names,
                                         const ChannelLayout &layout);

/// Links from ports to ports, channel to channel. Mono goes to both front channels; side and rear
/// stand in for each other. A channel without counterpart gets no link.
std::vector<Link> link_channels(const std::vector<std::string> &sources,
                                const ChannelLayout &source_channels,
                                const std::vector<std::string> &destinations,
                                const ChannelLayout &destination_channels);

} // namespace headroom::graph
