// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <pipewire/impl.h>
#include <pipewire/pipewire.h>
#include <spa/monitor/device.h>
#include <spa/monitor/utils.h>
#include <spa/param/param.h>
#include <spa/param/props.h>
#include <spa/param/route.h>
#include <spa/pod/builder.h>
#include <spa/pod/iter.h>
#include <spa/pod/parser.h>
#include <spa/utils/result.h>

/// A sound card of one route, as PipeWire shows a real one, but for the sound.
///
///   card_tool       prints "ready ID", and then each volume that is set: "volume 0.5 0"; at USR1
///                   its own knob goes to 0.125; ends with TERM
namespace {

using Buffer = std::array<std::uint8_t, 1024>;
constexpr int kRouteIndex = 2;
constexpr int kProfileDevice = 4;
constexpr float kKnob = 0.125f;

class Card {
  public:
    Card() {
        spa_hook_list_init(&listeners_);
        device_.iface =
            SPA_INTERFACE_INIT(SPA_TYPE_INTERFACE_Device, SPA_VERSION_DEVICE, methods(), this);
        params_[0] = SPA_PARAM_INFO(SPA_PARAM_Route, SPA_PARAM_INFO_READWRITE);
        info_ = SPA_DEVICE_INFO_INIT();
        info_.params = params_.data();
        info_.n_params = 1;
    }
    spa_device *device() { return &device_; }

    void turn(float volume, bool is_muted) {
        volume_ = volume;
        is_muted_ = is_muted;
        params_[0].flags ^= SPA_PARAM_INFO_SERIAL;
        tell();
    }

  private:
    static const spa_device_methods *methods();

    void tell() {
        info_.change_mask = SPA_DEVICE_CHANGE_MASK_PARAMS;
        spa_device_emit_info(&listeners_, &info_);
    }
    const spa_pod *route(Buffer &buffer) const {
        const std::array<float, 2> volumes{volume_, volume_};
        spa_pod_builder builder{};
        spa_pod_builder_init(&builder, buffer.data(), sizeof buffer);
        spa_pod_frame frame{};
        spa_pod_builder_push_object(&builder, &frame, SPA_TYPE_OBJECT_ParamRoute, SPA_PARAM_Route);
        spa_pod_builder_add(&builder, SPA_PARAM_ROUTE_index, SPA_POD_Int(kRouteIndex),
                            SPA_PARAM_ROUTE_direction, SPA_POD_Id(SPA_DIRECTION_OUTPUT),
                            SPA_PARAM_ROUTE_device, SPA_POD_Int(kProfileDevice),
                            SPA_PARAM_ROUTE_name, SPA_POD_String("speakers"), 0);
        spa_pod_builder_prop(&builder, SPA_PARAM_ROUTE_props, 0);
        spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_Props, SPA_PARAM_Route, SPA_PROP_mute,
                                   SPA_POD_Bool(is_muted_), SPA_PROP_channelVolumes,
                                   SPA_POD_Array(sizeof(float), SPA_TYPE_Float, 2, volumes.data()));
        return static_cast<const spa_pod *>(spa_pod_builder_pop(&builder, &frame));
    }
    void set(const spa_pod *param) {
        int index = -1;
        int device = -1;
        const spa_pod *props = nullptr;
        if (spa_pod_parse_object(param, SPA_TYPE_OBJECT_ParamRoute, nullptr, SPA_PARAM_ROUTE_index,
                                 SPA_POD_Int(&index), SPA_PARAM_ROUTE_device, SPA_POD_Int(&device),
                                 SPA_PARAM_ROUTE_props, SPA_POD_PodObject(&props)) < 0 ||
            index != kRouteIndex || device != kProfileDevice)
            return;
        std::array<float, 2> volumes{};
        bool is_muted = false;
        const spa_pod_prop *const gain = spa_pod_find_prop(props, nullptr, SPA_PROP_channelVolumes);
        const spa_pod_prop *const mute = spa_pod_find_prop(props, nullptr, SPA_PROP_mute);
        if (!gain || !mute ||
            spa_pod_copy_array(&gain->value, SPA_TYPE_Float, volumes.data(), 2) != 2)
            return;
        spa_pod_get_bool(&mute->value, &is_muted);
        std::printf("volume %g %d\n", static_cast<double>(volumes[0]), is_muted ? 1 : 0);
        std::fflush(stdout);
        turn(volumes[0], is_muted);
    }

    spa_device device_{};
    spa_hook_list listeners_{};
    spa_device_info info_{};
    std::array<spa_param_info, 1> params_{};
    float volume_ = 1.0f;
    bool is_muted_ = false;
};

const spa_device_methods *Card::methods() {
    static const spa_device_methods out{
        .version = SPA_VERSION_DEVICE_METHODS,
        .add_listener =
            [](void *self, spa_hook *listener, const spa_device_events *events, void *data) {
                auto &card = *static_cast<Card *>(self);
                spa_hook_list saved;
                spa_hook_list_isolate(&card.listeners_, &saved, listener, events, data);
                card.tell();
                spa_hook_list_join(&card.listeners_, &saved);
                return 0;
            },
        .sync =
            [](void *self, int sequence) {
                spa_device_emit_result(&static_cast<Card *>(self)->listeners_, sequence, 0, 0,
                                       nullptr);
                return 0;
            },
        .enum_params =
            [](void *self, int sequence, std::uint32_t id, std::uint32_t start, std::uint32_t,
               const spa_pod *) {
                auto &card = *static_cast<Card *>(self);
                if (id != SPA_PARAM_Route || start > 0)
                    return 0;
                Buffer buffer{};
                spa_result_device_params result{.id = id,
                                                .index = 0,
                                                .next = 1,
                                                .param = const_cast<spa_pod *>(card.route(buffer))};
                spa_device_emit_result(&card.listeners_, sequence, 0, SPA_RESULT_TYPE_DEVICE_PARAMS,
                                       &result);
                return 0;
            },
        .set_param =
            [](void *self, std::uint32_t id, std::uint32_t, const spa_pod *param) {
                if (id == SPA_PARAM_Route && param)
                    static_cast<Card *>(self)->set(param);
                return 0;
            }};
    return &out;
}

int run() {
    // For every thread that the context starts.
    sigset_t taken;
    sigemptyset(&taken);
    for (const int signal : {SIGUSR1, SIGTERM})
        sigaddset(&taken, signal);
    pthread_sigmask(SIG_BLOCK, &taken, nullptr);
    pw_init(nullptr, nullptr);
    pw_main_loop *const loop = pw_main_loop_new(nullptr);
    pw_context *const context = pw_context_new(pw_main_loop_get_loop(loop), nullptr, 0);
    pw_core *const core = pw_context_connect(context, nullptr, 0);
    if (!core)
        return 1;
    Card card;
    pw_properties *const properties = pw_properties_new(PW_KEY_MEDIA_CLASS, "Audio/Device",
                                                        PW_KEY_DEVICE_NAME, "test-card", nullptr);
    pw_proxy *const proxy = static_cast<pw_proxy *>(
        pw_core_export(core, SPA_TYPE_INTERFACE_Device, &properties->dict, card.device(), 0));
    static const pw_proxy_events events{.version = PW_VERSION_PROXY_EVENTS,
                                        .bound = [](void *, std::uint32_t id) {
                                            std::printf("ready %u\n", id);
                                            std::fflush(stdout);
                                        }};
    spa_hook hook{};
    pw_proxy_add_listener(proxy, &hook, &events, nullptr);
    pw_loop *const signals = pw_main_loop_get_loop(loop);
    pw_loop_add_signal(
        signals, SIGUSR1, [](void *of, int) { static_cast<Card *>(of)->turn(kKnob, false); },
        &card);
    pw_loop_add_signal(
        signals, SIGTERM, [](void *of, int) { pw_main_loop_quit(static_cast<pw_main_loop *>(of)); },
        loop);
    pw_main_loop_run(loop);
    return 0;
}

} // namespace

int main() {
    return run();
}
