// SPDX-License-Identifier: GPL-3.0-or-later
// What PipeWire tells of its objects, into the registry.
#include "jack_client/pipewire/connection_impl.hpp"
#include "jack_client/pipewire/volume_pod.hpp"

#include <array>

namespace headroom::pipewire {

namespace {

constexpr std::uint32_t kAllParams = 0xffffffff;

using Bound = Connection::Impl::Bound;

Properties properties_of(const spa_dict *dict) {
    Properties out;
    const spa_dict_item *item = nullptr;
    if (dict)
        spa_dict_for_each(item, dict) if (item->value) out.emplace(item->key, item->value);
    return out;
}

std::optional<std::string> text_of(const char *text) {
    return text ? std::optional<std::string>(text) : std::nullopt;
}

void update(void *self, const Properties &told) {
    const auto &object = *static_cast<Bound *>(self);
    object.owner.change([&] { return object.owner.registry.update(object.id, told); });
}

void on_node(void *self, const pw_node_info *info) {
    Properties told = properties_of(info->props);
    told["n-input-ports"] = std::to_string(info->n_input_ports);
    update(self, told);
}

void on_node_param(void *self, int, std::uint32_t id, std::uint32_t, std::uint32_t,
                   const spa_pod *param) {
    const auto &node = *static_cast<Bound *>(self);
    if (auto volume = id == SPA_PARAM_Props ? volume_in(param) : std::nullopt)
        node.owner.change(
            [&] { return node.owner.registry.set_volume(node.id, std::move(*volume)); });
}

/// Of devices that the session manager provides, as sound cards are, PipeWire does not tell each
/// change to who has subscribed to it.
void on_device(void *self, const pw_device_info *info) {
    update(self, properties_of(info->props));
    if ((info->change_mask & PW_DEVICE_CHANGE_MASK_PARAMS) != 0)
        pw_device_enum_params(reinterpret_cast<pw_device *>(static_cast<Bound *>(self)->proxy), 0,
                              SPA_PARAM_Route, 0, kAllParams, nullptr);
}

void on_device_param(void *self, int, std::uint32_t id, std::uint32_t, std::uint32_t,
                     const spa_pod *param) {
    const auto &device = *static_cast<Bound *>(self);
    if (auto told = id == SPA_PARAM_Route ? route_in(param) : std::nullopt)
        device.owner.change([&] {
            return device.owner.registry.set_route(device.id, told->first, std::move(told->second));
        });
}

void on_client(void *self, const pw_client_info *info) {
    update(self, properties_of(info->props));
}

int on_metadata(void *self, std::uint32_t subject, const char *key, const char *,
                const char *value) {
    auto &impl = static_cast<Bound *>(self)->owner;
    impl.change([&] {
        impl.registry.set_metadata(subject, text_of(key), text_of(value));
        return true;
    });
    return 0;
}

constexpr pw_node_events kNodeEvents{
    .version = PW_VERSION_NODE_EVENTS, .info = on_node, .param = on_node_param};
constexpr pw_device_events kDeviceEvents{
    .version = PW_VERSION_DEVICE_EVENTS, .info = on_device, .param = on_device_param};
constexpr pw_client_events kClientEvents{.version = PW_VERSION_CLIENT_EVENTS, .info = on_client};
constexpr pw_metadata_events kMetadataEvents{.version = PW_VERSION_METADATA_EVENTS,
                                             .property = on_metadata};

void listen_to_node(Bound &bound, bool is_sink) {
    auto *const node = reinterpret_cast<pw_node *>(bound.proxy);
    pw_node_add_listener(node, &bound.hook, &kNodeEvents, &bound);
    std::array<std::uint32_t, 1> params{SPA_PARAM_Props};
    if (is_sink)
        pw_node_subscribe_params(node, params.data(), params.size());
}

void listen_to_device(Bound &bound) {
    pw_device_add_listener(reinterpret_cast<pw_device *>(bound.proxy), &bound.hook, &kDeviceEvents,
                           &bound);
}

} // namespace

Connection::Impl::Bound *Connection::Impl::bind(std::uint32_t id, const char *type,
                                                std::uint32_t version) {
    auto *const proxy = static_cast<pw_proxy *>(pw_registry_bind(globals, id, type, version, 0));
    has_bound = true;
    return bound.insert_or_assign(id, std::make_unique<Bound>(*this, id, proxy))
        .first->second.get();
}

pw_proxy *Connection::Impl::proxy_of(std::uint32_t id) const {
    const auto found = bound.find(id);
    return found == bound.end() ? nullptr : found->second->proxy;
}

void Connection::Impl::add_global(std::uint32_t id, std::string_view type, const spa_dict *dict) {
    Properties properties = properties_of(dict);
    const bool is_sink = properties["media.class"] == "Audio/Sink";
    const bool is_default = properties[PW_KEY_METADATA_NAME] == "default";
    const auto add = [&](Kind kind) {
        change([&] {
            registry.add(id, kind, std::move(properties));
            return true;
        });
    };
    if (type == PW_TYPE_INTERFACE_Node) {
        add(Kind::node);
        listen_to_node(*bind(id, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE), is_sink);
    } else if (type == PW_TYPE_INTERFACE_Device) {
        add(Kind::device);
        listen_to_device(*bind(id, PW_TYPE_INTERFACE_Device, PW_VERSION_DEVICE));
    } else if (type == PW_TYPE_INTERFACE_Client) {
        add(Kind::client);
        Bound &client = *bind(id, PW_TYPE_INTERFACE_Client, PW_VERSION_CLIENT);
        pw_client_add_listener(reinterpret_cast<pw_client *>(client.proxy), &client.hook,
                               &kClientEvents, &client);
    } else if (type == PW_TYPE_INTERFACE_Port) {
        add(Kind::port);
    } else if (type == PW_TYPE_INTERFACE_Link) {
        add(Kind::link);
    } else if (type == PW_TYPE_INTERFACE_Metadata && is_default && !metadata) {
        add(Kind::metadata);
        Bound &values = *bind(id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA);
        metadata = reinterpret_cast<pw_metadata *>(values.proxy);
        pw_metadata_add_listener(metadata, &values.hook, &kMetadataEvents, &values);
    }
}

void Connection::Impl::remove_global(std::uint32_t id) {
    if (const auto found = bound.find(id); found != bound.end()) {
        if (found->second->proxy == reinterpret_cast<pw_proxy *>(metadata))
            metadata = nullptr;
        bound.erase(found);
    }
    change([&] { return registry.remove(id); });
}

} // namespace headroom::pipewire
