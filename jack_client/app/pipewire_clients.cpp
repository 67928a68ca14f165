// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/pipewire_clients.hpp"

#include "jack_client/app/pipewire_dump.hpp"

namespace headroom::app {

namespace {

/// PipeWire's libjack calls a node by one of these, with "-<serial>" behind it where another node
/// is called so too.
bool is_called(const nlohmann::json &node, const std::string &client) {
    for (const char *key : {"node.description", "node.name", "node.nick", "application.name"}) {
        const std::string name = text_of(node, key);
        const bool is_numbered =
            client.starts_with(name + "-") &&
            client.find_first_not_of("0123456789", name.size() + 1) == client.npos;
        if (!name.empty() && (client == name || is_numbered))
            return true;
    }
    return false;
}

/// Of the program that owns the node, which the node itself may not tell.
std::string binary_of(const nlohmann::json &objects, const nlohmann::json &node) {
    std::string own = text_of(node, "application.process.binary");
    if (!own.empty() || !node.contains("client.id"))
        return own;
    for (const nlohmann::json &object : objects)
        if (object.is_object() && object.contains("id") && object["id"] == node["client.id"])
            return text_of(properties_of(object), "application.process.binary");
    return {};
}

} // namespace

graph::ClientDescription describe_pipewire_client(const std::string &client) {
    graph::ClientDescription out;
    const auto objects = pipewire_objects();
    if (!objects)
        return out;
    for (const nlohmann::json &object : *objects) {
        const nlohmann::json node = properties_of(object);
        if (text_of(node, "media.class").find("Output/Audio") == std::string::npos ||
            !is_called(node, client))
            continue;
        out.binary = binary_of(*objects, node);
        out.media = text_of(node, "media.role");
        if (const std::string name = text_of(node, "application.name"); !name.empty())
            out.pretty.push_back(name);
    }
    return out;
}

} // namespace headroom::app
