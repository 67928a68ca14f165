// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/port_group.hpp"

#include "jack_client/graph/channel_map.hpp"

#include <algorithm>

namespace headroom::graph {

namespace {

bool all_named(const PortGroup &group) {
    const auto names = short_names(group.ports);
    return std::all_of(names.begin(), names.end(),
                       [](const auto &name) { return channel_named_by(name).has_value(); });
}

/// What the rule says of a port: nothing, a channel, or to leave it out.
const std::optional<Channel> *mapped(const Rule &rule, std::string_view short_name) {
    for (const auto &[pattern, channel] : rule.channels)
        if (pattern.matches(short_name))
            return &channel;
    return nullptr;
}

} // namespace

ChannelLayout layout_of(std::size_t channels) {
    using enum Channel;
    const ChannelLayout widest{fl, fr, fc, lfe, rl, rr, sl, sr};
    if (channels == 6)
        return *find_layout("5.1");
    return {widest.begin(),
            widest.begin() + static_cast<std::ptrdiff_t>(std::min(channels, widest.size()))};
}

std::vector<std::string> short_names(const std::vector<std::string> &ports) {
    std::vector<std::string> out;
    out.reserve(ports.size());
    for (const std::string &port : ports)
        out.emplace_back(port_part(port));
    return out;
}

void PortGroup::name_channels(const ChannelLayout &order) {
    channels.clear();
    for (const std::string &name : short_names(ports))
        if (const auto channel = channel_named_by(name))
            channels.push_back(*channel);
    if (channels.size() == ports.size())
        return;
    ports.resize(std::min(ports.size(), order.size()));
    channels = channels_of(short_names(ports), order).value_or(order);
    channels.resize(ports.size());
}

std::optional<PortGroup> application_channels(const std::vector<std::string> &ports,
                                              const Rule &rule, const ChannelLayout &layout) {
    PortGroup mapped_ports;
    PortGroup others;
    for (const std::string &port : ports) {
        const auto *channel = mapped(rule, port_part(port));
        if (channel == nullptr)
            others.ports.push_back(port);
        else if (*channel) {
            mapped_ports.ports.push_back(port);
            mapped_ports.channels.push_back(**channel);
        }
    }
    const auto channels = channels_of(short_names(others.ports), layout);
    if (!channels)
        return std::nullopt;
    mapped_ports.ports.insert(mapped_ports.ports.end(), others.ports.begin(), others.ports.end());
    mapped_ports.channels.insert(mapped_ports.channels.end(), channels->begin(), channels->end());
    return mapped_ports;
}

std::vector<Link> link_groups(const PortGroup &from, const PortGroup &to) {
    return link_channels(from.ports, from.channels, to.ports, to.channels);
}

std::vector<Link> link_plainly(const PortGroup &from, const PortGroup &to) {
    if (from.ports.size() > 1 && to.ports.size() > 1 && all_named(from) && all_named(to)) {
        PortGroup source = from;
        PortGroup target = to;
        source.name_channels({});
        target.name_channels({});
        return link_groups(source, target);
    }
    std::vector<Link> links;
    const std::size_t count = std::max(from.ports.size(), to.ports.size());
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t source = from.ports.size() == 1 ? 0 : i;
        const std::size_t target = to.ports.size() == 1 ? 0 : i;
        if (source < from.ports.size() && target < to.ports.size())
            links.push_back({from.ports[source], to.ports[target]});
    }
    return links;
}

} // namespace headroom::graph
