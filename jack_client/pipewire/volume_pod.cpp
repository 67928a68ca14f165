// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/volume_pod.hpp"

#include <algorithm>
#include <array>
#include <spa/param/param.h>
#include <spa/param/props.h>
#include <spa/param/route.h>
#include <spa/pod/builder.h>
#include <spa/pod/iter.h>
#include <spa/pod/parser.h>

namespace headroom::pipewire {

namespace {

constexpr std::uint32_t kMostChannels = 64;

using Buffer = std::array<std::uint8_t, 2048>;

spa_pod *build_props(spa_pod_builder &builder, std::uint32_t id, const Volume &volume) {
    const auto count = std::min<std::size_t>(volume.channels.size(), kMostChannels);
    return static_cast<spa_pod *>(spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_Props, id, SPA_PROP_mute, SPA_POD_Bool(volume.is_muted),
        SPA_PROP_channelVolumes,
        SPA_POD_Array(sizeof(float), SPA_TYPE_Float, static_cast<std::uint32_t>(count),
                      volume.channels.data())));
}

} // namespace

std::optional<Volume> volume_in(const spa_pod *props) {
    if (!props || !spa_pod_is_object_type(props, SPA_TYPE_OBJECT_Props))
        return std::nullopt;
    Volume out;
    const spa_pod_prop *const mute = spa_pod_find_prop(props, nullptr, SPA_PROP_mute);
    if (mute)
        spa_pod_get_bool(&mute->value, &out.is_muted);
    const spa_pod_prop *const channels = spa_pod_find_prop(props, nullptr, SPA_PROP_channelVolumes);
    if (!channels)
        return std::nullopt;
    std::array<float, kMostChannels> values{};
    const std::uint32_t count =
        spa_pod_copy_array(&channels->value, SPA_TYPE_Float, values.data(), kMostChannels);
    if (count == 0)
        return std::nullopt;
    out.channels.assign(values.begin(), values.begin() + count);
    return out;
}

std::optional<std::pair<int, Route>> route_in(const spa_pod *param) {
    if (!param)
        return std::nullopt;
    std::pair<int, Route> out;
    std::uint32_t direction = SPA_DIRECTION_INPUT;
    const spa_pod *props = nullptr;
    if (spa_pod_parse_object(param, SPA_TYPE_OBJECT_ParamRoute, nullptr, SPA_PARAM_ROUTE_index,
                             SPA_POD_Int(&out.second.index), SPA_PARAM_ROUTE_direction,
                             SPA_POD_Id(&direction), SPA_PARAM_ROUTE_device,
                             SPA_POD_Int(&out.first), SPA_PARAM_ROUTE_props,
                             SPA_POD_OPT_PodObject(&props)) < 0)
        return std::nullopt;
    auto volume = volume_in(props);
    if (direction != SPA_DIRECTION_OUTPUT || !volume)
        return std::nullopt;
    out.second.volume = std::move(*volume);
    return out;
}

void with_props(const Volume &volume, const std::function<void(const spa_pod *)> &use) {
    Buffer buffer{};
    spa_pod_builder builder{};
    spa_pod_builder_init(&builder, buffer.data(), buffer.size());
    use(build_props(builder, SPA_PARAM_Props, volume));
}

void with_route(int profile_device, const Route &route,
                const std::function<void(const spa_pod *)> &use) {
    Buffer buffer{};
    spa_pod_builder builder{};
    spa_pod_builder_init(&builder, buffer.data(), buffer.size());
    spa_pod_frame frame{};
    spa_pod_builder_push_object(&builder, &frame, SPA_TYPE_OBJECT_ParamRoute, SPA_PARAM_Route);
    spa_pod_builder_add(&builder, SPA_PARAM_ROUTE_index, SPA_POD_Int(route.index),
                        SPA_PARAM_ROUTE_direction, SPA_POD_Id(SPA_DIRECTION_OUTPUT),
                        SPA_PARAM_ROUTE_device, SPA_POD_Int(profile_device), 0);
    spa_pod_builder_prop(&builder, SPA_PARAM_ROUTE_props, 0);
    build_props(builder, SPA_PARAM_Props, route.volume);
    spa_pod_builder_prop(&builder, SPA_PARAM_ROUTE_save, 0);
    spa_pod_builder_bool(&builder, true);
    use(static_cast<const spa_pod *>(spa_pod_builder_pop(&builder, &frame)));
}

} // namespace headroom::pipewire
