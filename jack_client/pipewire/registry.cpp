// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/registry.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace headroom::pipewire {

namespace {

std::string_view value_of(const Properties &properties, std::string_view key) {
    const auto found = properties.find(key);
    return found == properties.end() ? std::string_view() : found->second;
}

/// The word of the metadata for: no target.
constexpr std::string_view kNoTarget = "-1";

} // namespace

std::string_view Object::property(std::string_view key) const {
    return value_of(properties, key);
}

std::optional<std::uint32_t> Object::number(std::string_view key) const {
    const std::string_view text = property(key);
    std::uint32_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(out)
                                                                    : std::nullopt;
}

void Registry::add(std::uint32_t id, Kind kind, Properties properties) {
    objects_[id] = Object{kind, std::move(properties)};
}

bool Registry::update(std::uint32_t id, const Properties &properties) {
    const auto found = objects_.find(id);
    if (found == objects_.end())
        return false;
    bool is_new = !std::exchange(found->second.is_complete, true);
    for (const auto &[key, value] : properties) {
        std::string &known = found->second.properties[key];
        is_new = is_new || known != value;
        known = value;
    }
    return is_new;
}

bool Registry::remove(std::uint32_t id) {
    const auto found = objects_.find(id);
    if (found == objects_.end())
        return false;
    if (found->second.kind == Kind::metadata)
        metadata_.clear();
    objects_.erase(found);
    metadata_.erase(id);
    return true;
}

void Registry::set_metadata(std::uint32_t subject, std::optional<std::string> key,
                            std::optional<std::string> value) {
    if (!key)
        metadata_.erase(subject);
    else if (value)
        metadata_[subject][*key] = std::move(*value);
    else if (const auto found = metadata_.find(subject); found != metadata_.end())
        found->second.erase(*key);
}

void Registry::clear() {
    objects_.clear();
    metadata_.clear();
}

bool Registry::has_metadata() const {
    return std::any_of(objects_.begin(), objects_.end(),
                       [](const auto &entry) { return entry.second.kind == Kind::metadata; });
}

std::string_view Registry::metadata(std::uint32_t subject, std::string_view key) const {
    const auto found = metadata_.find(subject);
    return found == metadata_.end() ? std::string_view() : value_of(found->second, key);
}

const Object *Registry::find(std::uint32_t id, Kind kind) const {
    const auto found = objects_.find(id);
    return found == objects_.end() || found->second.kind != kind ? nullptr : &found->second;
}

const Object *Registry::owner_of(const Object &node) const {
    const auto id = node.number("client.id");
    return id ? find(*id, Kind::client) : nullptr;
}

bool Registry::set_volume(std::uint32_t node, Volume volume) {
    const auto found = objects_.find(node);
    if (found == objects_.end() || found->second.volume == volume)
        return false;
    found->second.volume = std::move(volume);
    return true;
}

bool Registry::set_route(std::uint32_t device, int profile_device, Route route) {
    const auto found = objects_.find(device);
    if (found == objects_.end())
        return false;
    Route &known = found->second.routes[profile_device];
    if (known == route)
        return false;
    known = std::move(route);
    return true;
}

std::optional<Registry::Card> Registry::card_of(std::uint32_t node) const {
    const Object *const found = find(node, Kind::node);
    if (!found)
        return std::nullopt;
    const auto device = found->number("device.id");
    const auto profile_device = found->number("card.profile.device");
    const Object *const card = device ? find(*device, Kind::device) : nullptr;
    if (!card || !profile_device)
        return std::nullopt;
    const auto route = card->routes.find(static_cast<int>(*profile_device));
    if (route == card->routes.end())
        return std::nullopt;
    return Card{*device, route->first, route->second};
}

std::optional<Volume> Registry::volume_of(std::uint32_t node) const {
    if (auto card = card_of(node))
        return std::move(card->route.volume);
    const Object *const found = find(node, Kind::node);
    return found ? found->volume : std::nullopt;
}

/// The keys of metadata and properties under which a sink is asked for: by its serial or its name,
/// or, before 0.3.44, by its id or its name.
constexpr std::string_view kTarget = "target.object";
constexpr std::string_view kOlderTarget = "target.node";
constexpr std::string_view kOldestTarget = "node.target";

const Object *Registry::find_sink(std::string_view key, std::string_view wanted) const {
    for (const auto &[id, object] : objects_) {
        if (object.kind != Kind::node || wanted.empty())
            continue;
        const bool is_number = key == kTarget ? object.property("object.serial") == wanted
                                              : std::to_string(id) == wanted;
        if (is_number || object.property("node.name") == wanted)
            return &object;
    }
    return nullptr;
}

/// What a user told the session manager of a stream is newer than what the stream asked for when it
/// began. What we told it is neither: we clear the older key beside it (jack/graph_client).
const Object *Registry::target_of(std::uint32_t id, const Object &node) const {
    if (metadata(id, kOlderTarget) != kNoTarget)
        for (const std::string_view key : {kTarget, kOlderTarget})
            if (const Object *sink = find_sink(key, metadata(id, key)))
                return sink;
    for (const std::string_view key : {kTarget, kOldestTarget})
        if (const Object *sink = find_sink(key, node.property(key)))
            return sink;
    return nullptr;
}

std::optional<Node> Registry::find_node(std::uint64_t serial) const {
    const std::string wanted = std::to_string(serial);
    const auto found = std::find_if(objects_.begin(), objects_.end(), [&](const auto &entry) {
        return entry.second.kind == Kind::node && entry.second.property("object.serial") == wanted;
    });
    if (found == objects_.end() || !found->second.is_complete)
        return std::nullopt;
    const auto &[id, node] = *found;
    // Programs that speak PipeWire themselves name their binary on the client only.
    const Object *owner = owner_of(node);
    if (owner && !owner->is_complete)
        return std::nullopt;
    const auto text = [&, &object = node](std::string_view key) {
        const std::string_view own = object.property(key);
        return std::string(own.empty() && owner ? owner->property(key) : own);
    };
    std::string_view target = metadata(id, "target.object");
    if (target.empty())
        target = node.property("target.object");
    std::vector<std::string> target_names;
    std::optional<std::uint64_t> target_serial;
    if (const Object *sink = target_of(id, node)) {
        const std::string_view number = sink->property("object.serial");
        std::from_chars(number.data(), number.data() + number.size(), target_serial.emplace());
        for (const char *key : {"node.description", "node.name", "node.nick"})
            if (const std::string_view name = sink->property(key); !name.empty())
                target_names.emplace_back(name);
    }
    return Node{.id = id,
                .media_class = std::string(node.property("media.class")),
                .application = text("application.name"),
                .binary = text("application.process.binary"),
                .role = std::string(node.property("media.role")),
                .title = std::string(node.property("media.name")),
                .process = text("application.process.id"),
                .link_group = std::string(node.property("node.link-group")),
                .target = target == kNoTarget ? std::string() : std::string(target),
                .target_serial = target_serial,
                .target_names = std::move(target_names)};
}

} // namespace headroom::pipewire
