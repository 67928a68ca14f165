// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/rules.hpp"
#include "jack_client/graph/graph_view.hpp"

#include <optional>
#include <string>
#include <vector>

namespace headroom::graph {

/// Ports of one client that sound is sent to or taken from, with the channel of each.
struct PortGroup {
    std::string client;
    std::vector<std::string> ports; ///< full names
    ChannelLayout channels;

    /// Names the channels after the ports; ports that only count are taken in the given order, and
    /// further ones left out.
    void name_channels(const ChannelLayout &order);
};

/// Channels of that many ports. Ports that only count are taken for those of the front, and further
/// ones as in 5.1 or 7.1.
ChannelLayout layout_of(std::size_t channels);

/// Without the client.
std::vector<std::string> short_names(const std::vector<std::string> &ports);

/// The channels of an application's ports, as a rule maps them or else by name or order; ports
/// that the rule leaves out are not there. Nothing where they do not fit the layout.
std::optional<PortGroup> application_channels(const std::vector<std::string> &ports,
                                              const Rule &rule, const ChannelLayout &layout);

/// Links between two groups, channel to channel.
std::vector<Link> link_groups(const PortGroup &from, const PortGroup &to);

/// Links between ports of which neither side is a bus: by channel where the names of both sides
/// tell it, else in order; a single port goes to all, or gets all.
std::vector<Link> link_plainly(const PortGroup &from, const PortGroup &to);

} // namespace headroom::graph
