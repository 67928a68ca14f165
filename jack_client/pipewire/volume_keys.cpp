// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/volume_keys.hpp"

#include "jack_client/graph/sink_host.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace headroom::pipewire {

namespace {

/// A step of a volume control is some per cent.
constexpr float kSameGain = 1e-4f;
/// How long a sink may take to tell of a write. It may leave out some.
constexpr std::chrono::seconds kTellTime{2};

constexpr std::string_view kSink = "Audio/Sink";

bool is_same(const Volume &one, const Volume &other) {
    return one.is_muted == other.is_muted &&
           std::equal(one.channels.begin(), one.channels.end(), other.channels.begin(),
                      other.channels.end(),
                      [](float a, float b) { return std::abs(a - b) <= kSameGain; });
}

float highest(const Volume &volume) {
    return volume.channels.empty()
               ? 1.0f
               : *std::max_element(volume.channels.begin(), volume.channels.end());
}

/// The volume of one sink as another has it, which may have other channels; those keep their
/// balance.
Volume as_of(const Volume &from, const Volume &to) {
    if (from.channels.size() == to.channels.size())
        return from;
    Volume out{to.channels, from.is_muted};
    const float before = highest(to);
    for (float &gain : out.channels)
        gain = before > 0.0f ? gain * highest(from) / before : highest(from);
    return out;
}

bool is_ours(const Object &sink) {
    return sink.kind == Kind::node && sink.property("media.class") == kSink &&
           sink.property("node.name").starts_with(graph::kHeadroomSinkNode);
}

/// The bus that a port "<bus>_in_1" is of; empty if it is none.
std::string_view bus_of(std::string_view port, std::string_view kind) {
    const auto at = port.rfind(kind);
    return at == port.npos ? std::string_view() : port.substr(0, at);
}

/// One end of a link.
struct LinkEnd {
    std::uint32_t id = 0;
    const Object *node = nullptr;
    std::string_view port;
};

std::optional<LinkEnd> end_of(const Registry &registry, const Object &link, bool is_output) {
    const auto node = link.number(is_output ? "link.output.node" : "link.input.node");
    const auto port = link.number(is_output ? "link.output.port" : "link.input.port");
    const Object *const node_object = node ? registry.find(*node, Kind::node) : nullptr;
    const Object *const port_object = port ? registry.find(*port, Kind::port) : nullptr;
    if (!node_object || !port_object)
        return std::nullopt;
    return LinkEnd{*node, node_object, port_object->property("port.name")};
}

} // namespace

SinkWays sink_ways(const Registry &registry, const std::string &process) {
    const auto has_our_buses = [&](const Object &node) {
        const Object *const owner = registry.owner_of(node);
        return owner && owner->property("application.process.id") == process;
    };
    std::map<std::string_view, std::uint32_t> feeds; ///< by bus
    std::map<std::string_view, std::uint32_t> devices;
    for (const auto &[id, link] : registry.objects()) {
        if (link.kind != Kind::link)
            continue;
        const auto from = end_of(registry, link, true);
        const auto to = end_of(registry, link, false);
        if (!from || !to)
            continue;
        if (is_ours(*from->node) && !from->node->has("monitor.channel-volumes") &&
            has_our_buses(*to->node))
            feeds.emplace(bus_of(to->port, "_in_"), from->id);
        if (has_our_buses(*from->node) && to->node->property("media.class") == kSink &&
            !is_ours(*to->node))
            devices.emplace(bus_of(from->port, "_out_"), to->id);
    }
    SinkWays out;
    for (const auto &[bus, sink] : feeds)
        if (const auto device = devices.find(bus); !bus.empty() && device != devices.end())
            out.emplace(sink, device->second);
    return out;
}

/// The end tells of another volume, which is none that was written.
bool VolumeKeys::is_news(End &end, const Volume &volume, TimePoint now) {
    std::erase_if(end.writes, [&](const Write &write) { return now - write.at > kTellTime; });
    if (is_same(end.seen, volume))
        return false;
    end.seen = volume;
    const auto written =
        std::find_if(end.writes.begin(), end.writes.end(),
                     [&](const Write &write) { return is_same(write.volume, volume); });
    if (written == end.writes.end()) {
        end.writes.clear();
        return true;
    }
    end.writes.erase(end.writes.begin(), std::next(written)); // what it tells next is newer
    return false;
}

void VolumeKeys::write(End &end, const Volume &volume, TimePoint now) {
    const Volume wanted = as_of(volume, end.seen);
    if (is_same(end.writes.empty() ? end.seen : end.writes.back().volume, wanted))
        return;
    end.writes.push_back({wanted, now});
    set_(end.node, wanted);
}

void VolumeKeys::follow(const Registry &registry, const SinkWays &ways, TimePoint now) {
    std::erase_if(ways_, [&](const auto &entry) {
        const auto still = ways.find(entry.first);
        return still == ways.end() || still->second != entry.second.device.node;
    });
    for (const auto &[sink_id, device_id] : ways) {
        const auto sink = registry.volume_of(sink_id);
        const auto device = registry.volume_of(device_id);
        if (!sink || !device)
            continue;
        const auto [found, is_new] = ways_.try_emplace(
            sink_id, Way{.sink = {sink_id, *sink}, .device = {device_id, *device}, .since = now});
        Way &way = found->second;
        const bool sink_moved = is_news(way.sink, *sink, now);
        const bool device_moved = is_news(way.device, *device, now);
        if (is_new || device_moved || (sink_moved && now - way.since < kSettleTime))
            write(way.sink, *device, now);
        else if (sink_moved)
            write(way.device, *sink, now);
    }
}

} // namespace headroom::pipewire
