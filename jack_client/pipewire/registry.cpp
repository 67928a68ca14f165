// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/registry.hpp"

#include <charconv>
#include <utility>

namespace headroom::pipewire {

namespace {

std::string_view find(const Properties &properties, std::string_view key) {
    const auto found = properties.find(key);
    return found == properties.end() ? std::string_view() : found->second;
}

enum class Called { no, numbered, exactly };

/// libjack calls a node by one of these, with "-<serial>" behind it if another node has the name.
Called is_called(const Object &node, std::string_view client) {
    Called out = Called::no;
    for (const char *key : {"node.description", "node.name", "node.nick", "application.name"}) {
        const std::string_view name = node.property(key);
        if (name.empty() || !client.starts_with(name))
            continue;
        const std::string_view rest = client.substr(name.size());
        if (rest.empty())
            return Called::exactly;
        if (rest.size() > 1 && rest.front() == '-' &&
            rest.find_first_not_of("0123456789", 1) == rest.npos)
            out = Called::numbered;
    }
    return out;
}

} // namespace

std::string_view Object::property(std::string_view key) const {
    return find(properties, key);
}

void Registry::add(std::uint32_t id, Kind kind, Properties properties) {
    objects_[id] = Object{kind, std::move(properties)};
}

void Registry::update(std::uint32_t id, const Properties &properties) {
    const auto found = objects_.find(id);
    if (found == objects_.end())
        return;
    for (const auto &[key, value] : properties)
        found->second.properties[key] = value;
}

void Registry::remove(std::uint32_t id) {
    objects_.erase(id);
    metadata_.erase(id);
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

std::string_view Registry::metadata(std::uint32_t subject, std::string_view key) const {
    const auto found = metadata_.find(subject);
    return found == metadata_.end() ? std::string_view() : find(found->second, key);
}

std::optional<Stream> Registry::find_stream(std::string_view client) const {
    std::optional<Stream> numbered;
    for (const auto &[id, object] : objects_) {
        if (object.kind != Kind::node ||
            object.property("media.class").find("Output/Audio") == std::string_view::npos)
            continue;
        const Called called = is_called(object, client);
        if (called == Called::exactly)
            return describe(id, object);
        // The serial tells which of several nodes of one name is meant.
        const bool is_its_serial =
            client.ends_with("-" + std::string(object.property("object.serial")));
        if (called == Called::numbered && (!numbered || is_its_serial))
            numbered = describe(id, object);
    }
    return numbered;
}

Stream Registry::describe(std::uint32_t id, const Object &node) const {
    // Programs that speak PipeWire themselves name their binary on the client only.
    const Object *owner = nullptr;
    const std::string_view client_id = node.property("client.id");
    std::uint32_t number = 0;
    const auto [end, error] =
        std::from_chars(client_id.data(), client_id.data() + client_id.size(), number);
    if (error == std::errc() && end == client_id.data() + client_id.size())
        if (const auto found = objects_.find(number); found != objects_.end())
            owner = &found->second;
    const auto text = [&](std::string_view key) {
        const std::string_view own = node.property(key);
        return std::string(own.empty() && owner ? owner->property(key) : own);
    };
    // "-1" is the word of the metadata for: no target.
    std::string_view target = metadata(id, "target.object");
    if (target.empty())
        target = node.property("target.object");
    return {.id = id,
            .application = text("application.name"),
            .binary = text("application.process.binary"),
            .role = std::string(node.property("media.role")),
            .title = std::string(node.property("media.name")),
            .process = text("application.process.id"),
            .link_group = std::string(node.property("node.link-group")),
            .target = target == "-1" ? std::string() : std::string(target),
            .serial = std::string(node.property("object.serial"))};
}

} // namespace headroom::pipewire
