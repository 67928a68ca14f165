// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/peer.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <map>
#include <stdexcept>

namespace headroom::bench {

namespace {

template <auto Free> struct Deleter {
    template <class T> void operator()(T *object) const { Free(object); }
};
using World = std::unique_ptr<LilvWorld, Deleter<lilv_world_free>>;
using Node = std::unique_ptr<LilvNode, Deleter<lilv_node_free>>;

/// Every plugin that is installed, looked for once.
LilvWorld *world() {
    static const World all = [] {
        World world(lilv_world_new());
        lilv_world_load_all(world.get());
        return world;
    }();
    return all.get();
}

/// Numbers for URIs, as LV2 wants them.
class UriNumbers {
  public:
    LV2_URID number(const char *uri) {
        const auto [at, is_new] =
            numbers_.try_emplace(uri, static_cast<LV2_URID>(numbers_.size() + 1));
        if (is_new)
            uris_.push_back(at->first.c_str());
        return at->second;
    }
    const char *uri(LV2_URID number) const {
        return number > 0 && number <= uris_.size() ? uris_[number - 1] : nullptr;
    }

  private:
    std::map<std::string, LV2_URID> numbers_;
    std::vector<const char *> uris_;
};

class Lv2Peer final : public Peer {
  public:
    Lv2Peer(const std::string &uri, const Settings &settings, double sample_rate_hz,
            unsigned block_frames)
        : block_frames_(static_cast<std::int32_t>(block_frames)),
          sample_rate_hz_(static_cast<float>(sample_rate_hz)) {
        plugin_ =
            lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world()), node(uri.c_str()).get());
        if (plugin_ == nullptr)
            throw std::runtime_error("there is no LV2 plugin " + uri);
        offer_features();
        instance_ = lilv_plugin_instantiate(plugin_, sample_rate_hz, features_.data());
        if (instance_ == nullptr)
            throw std::runtime_error("cannot make an instance of " + uri);
        worker_ = static_cast<const LV2_Worker_Interface *>(
            lilv_instance_get_extension_data(instance_, LV2_WORKER__interface));
        connect(settings);
        lilv_instance_activate(instance_);
    }
    ~Lv2Peer() override {
        lilv_instance_deactivate(instance_);
        lilv_instance_free(instance_);
    }
    void process(const float *const inputs[2], float *const outputs[2], unsigned frames) override {
        for (std::size_t c = 0; c < 2; ++c) {
            lilv_instance_connect_port(instance_, inputs_[c], const_cast<float *>(inputs[c]));
            lilv_instance_connect_port(instance_, outputs_[c], outputs[c]);
        }
        for (EventPort &port : event_ports_)
            clear(port);
        lilv_instance_run(instance_, frames);
        if (worker_ != nullptr && worker_->end_run != nullptr)
            worker_->end_run(lilv_instance_get_handle(instance_));
    }
    int latency_frames() override { return latency_ ? static_cast<int>(*latency_) : -1; }

  private:
    struct EventPort {
        bool is_input;
        std::vector<std::uint64_t> buffer;
    };

    static Node node(const char *uri) { return Node(lilv_new_uri(world(), uri)); }

    void offer_features() {
        map_ = {&numbers_, [](LV2_URID_Map_Handle numbers, const char *uri) {
                    return static_cast<UriNumbers *>(numbers)->number(uri);
                }};
        unmap_ = {&numbers_, [](LV2_URID_Unmap_Handle numbers, LV2_URID number) {
                      return static_cast<UriNumbers *>(numbers)->uri(number);
                  }};
        schedule_ = {this,
                     [](LV2_Worker_Schedule_Handle self, std::uint32_t size, const void *data) {
                         return static_cast<Lv2Peer *>(self)->work(size, data);
                     }};
        const LV2_URID whole = numbers_.number(LV2_ATOM__Int);
        const auto frames_option = [&](const char *uri) {
            return LV2_Options_Option{LV2_OPTIONS_INSTANCE, 0,     numbers_.number(uri),
                                      sizeof block_frames_, whole, &block_frames_};
        };
        options_ = {frames_option(LV2_BUF_SIZE__minBlockLength),
                    frames_option(LV2_BUF_SIZE__maxBlockLength),
                    frames_option(LV2_BUF_SIZE__nominalBlockLength),
                    {LV2_OPTIONS_INSTANCE, 0, numbers_.number(LV2_PARAMETERS__sampleRate),
                     sizeof sample_rate_hz_, numbers_.number(LV2_ATOM__Float), &sample_rate_hz_},
                    {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, nullptr}};
        offered_ = {{{LV2_URID__map, &map_},
                     {LV2_URID__unmap, &unmap_},
                     {LV2_OPTIONS__options, options_.data()},
                     {LV2_WORKER__schedule, &schedule_},
                     {LV2_BUF_SIZE__boundedBlockLength, nullptr}}};
        for (std::size_t i = 0; i < offered_.size(); ++i)
            features_[i] = &offered_[i];
    }

    LV2_Worker_Status work(std::uint32_t size, const void *data) {
        if (worker_ == nullptr)
            return LV2_WORKER_ERR_UNKNOWN;
        const auto respond = [](LV2_Worker_Respond_Handle handle, std::uint32_t length,
                                const void *answer) {
            auto *self = static_cast<Lv2Peer *>(handle);
            if (self->worker_->work_response == nullptr)
                return LV2_WORKER_SUCCESS;
            return self->worker_->work_response(lilv_instance_get_handle(self->instance_), length,
                                                answer);
        };
        return worker_->work(lilv_instance_get_handle(instance_), respond, this, size, data);
    }

    void connect(const Settings &settings) {
        const std::uint32_t count = lilv_plugin_get_num_ports(plugin_);
        controls_.assign(count, 0.0f);
        event_ports_.reserve(count);
        std::vector<float> defaults(count);
        lilv_plugin_get_port_ranges_float(plugin_, nullptr, nullptr, defaults.data());
        const Node audio = node(LV2_CORE__AudioPort);
        const Node input = node(LV2_CORE__InputPort);
        const Node events = node(LV2_ATOM__AtomPort);
        std::size_t used = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            const LilvPort *port = lilv_plugin_get_port_by_index(plugin_, i);
            const bool is_input = lilv_port_is_a(plugin_, port, input.get());
            if (lilv_port_is_a(plugin_, port, audio.get())) {
                (is_input ? inputs_ : outputs_).push_back(i);
            } else if (lilv_port_is_a(plugin_, port, events.get())) {
                event_ports_.push_back({is_input, std::vector<std::uint64_t>(1 << 15)});
                lilv_instance_connect_port(instance_, i, event_ports_.back().buffer.data());
            } else {
                const std::string symbol = lilv_node_as_string(lilv_port_get_symbol(plugin_, port));
                controls_[i] = std::isnan(defaults[i]) ? 0.0f : defaults[i];
                for (const auto &[name, value] : settings)
                    if (symbol == name) {
                        controls_[i] = value;
                        ++used;
                    }
                lilv_instance_connect_port(instance_, i, &controls_[i]);
                if (!is_input && symbol.find("latency") != symbol.npos)
                    latency_ = &controls_[i];
            }
        }
        if (used != settings.size() || inputs_.size() != 2 || outputs_.size() != 2)
            throw std::runtime_error("the plugin has other ports than this bench expects");
    }

    void clear(EventPort &port) {
        auto *sequence = reinterpret_cast<LV2_Atom_Sequence *>(port.buffer.data());
        sequence->atom.type = numbers_.number(port.is_input ? LV2_ATOM__Sequence : LV2_ATOM__Chunk);
        sequence->atom.size =
            port.is_input ? static_cast<std::uint32_t>(sizeof(LV2_Atom_Sequence_Body))
                          : static_cast<std::uint32_t>(port.buffer.size() * sizeof port.buffer[0] -
                                                       sizeof(LV2_Atom));
        sequence->body = {};
    }

    std::int32_t block_frames_;
    float sample_rate_hz_;
    UriNumbers numbers_;
    LV2_URID_Map map_{};
    LV2_URID_Unmap unmap_{};
    LV2_Worker_Schedule schedule_{};
    std::vector<LV2_Options_Option> options_;
    std::array<LV2_Feature, 5> offered_{};
    std::array<const LV2_Feature *, 6> features_{}; ///< ends with a null pointer
    const LilvPlugin *plugin_ = nullptr;
    LilvInstance *instance_ = nullptr;
    const LV2_Worker_Interface *worker_ = nullptr;
    std::vector<float> controls_;
    std::vector<EventPort> event_ports_;
    std::vector<std::uint32_t> inputs_;
    std::vector<std::uint32_t> outputs_;
    const float *latency_ = nullptr;
};

} // namespace

std::unique_ptr<Peer> make_lv2_peer(const std::string &uri, const Settings &settings,
                                    double sample_rate_hz, unsigned block_frames) {
    return std::make_unique<Lv2Peer>(uri, settings, sample_rate_hz, block_frames);
}

} // namespace headroom::bench
