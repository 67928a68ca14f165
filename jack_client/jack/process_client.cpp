// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/process_client.hpp"

#include "jack_client/engine/process_scope.hpp"
#include "jack_client/jack/client.hpp"
#include "jack_client/jack/metadata.hpp"
#include "jack_client/jack/server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <jack/jack.h>
#include <optional>
#include <thread>

namespace headroom::jack {
namespace {

constexpr double kFadeSeconds = 0.02;

/// Room on the stack that the process thread touches before it starts, so that no page fault
/// delays a callback.
constexpr std::size_t kPrefaultBytes = 65536;

void prefault_stack() noexcept {
    volatile char stack[kPrefaultBytes];
    for (std::size_t i = 0; i < sizeof stack; i += 1024)
        stack[i] = 0;
}

/// By JACK's own filtered clock, which does not shake with the scheduler; nothing where the server
/// keeps none. Real-time safe.
std::optional<std::chrono::steady_clock::time_point> cycle_began(jack_client_t *client) noexcept {
    jack_nframes_t frame = 0;
    jack_time_t began_us = 0;
    jack_time_t next_us = 0;
    float period_us = 0.0f;
    if (jack_get_cycle_times(client, &frame, &began_us, &next_us, &period_us) != 0)
        return std::nullopt;
    const auto ago_us = static_cast<std::int64_t>(jack_get_time() - began_us);
    return std::chrono::steady_clock::now() - std::chrono::microseconds(ago_us);
}

struct PortPair {
    jack_port_t *input;
    jack_port_t *output;
    int bus;
};

} // namespace

struct ProcessClient::Impl {
    explicit Impl(engine::Engine &engine_to_run) : engine(engine_to_run) {}

    engine::Engine &engine;
    std::string name;
    std::vector<graph::BusPorts> buses;
    std::vector<PortPair> ports;
    bool active = false;

    std::atomic<std::uint32_t> sample_rate_hz{0};
    std::atomic<std::uint32_t> period_frames{0};
    std::atomic<std::uint64_t> xruns{0};
    std::atomic<bool> freewheel{false};
    std::atomic<std::uint32_t> stream_start_frame{0};

    /// PipeWire's library holds a lock while it calls the latency callback, and setting a range
    /// there may run a queued callback that waits for the same lock (0.3.65): its callback only
    /// asks, and follow_latency() answers.
    const bool sets_latency_in_callback = !libjack_is_pipewire();
    std::atomic<bool> latency_asked_for{false};

    std::atomic<bool> fading{false}; ///< asked for
    std::atomic<bool> silent{false}; ///< a whole period of silence is out

    // Process thread, while active
    std::uint32_t prepared_rate_hz = 0; ///< another rate of the server is met with silence
    std::vector<const float *> inputs;
    std::vector<float *> outputs;
    std::uint32_t fade_frames = 1;
    std::uint32_t faded_frames = 0;

    std::unique_ptr<Client> client; ///< last, since its callbacks use the others

    Result<void> register_ports();
    void describe_ports() const;
    void set_callbacks();
    void process(std::uint32_t frames) noexcept;
    void fade(std::uint32_t frames) noexcept;
    void update_latency(jack_latency_callback_mode_t mode) const;
};

void ProcessClient::Impl::process(std::uint32_t frames) noexcept {
    const engine::ProcessScope scope;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        inputs[i] = static_cast<const float *>(jack_port_get_buffer(ports[i].input, frames));
        outputs[i] = static_cast<float *>(jack_port_get_buffer(ports[i].output, frames));
    }
    if (sample_rate_hz.load(std::memory_order_relaxed) != prepared_rate_hz) {
        for (float *output : outputs)
            std::fill_n(output, frames, 0.0f);
        return;
    }
    stream_start_frame.store(jack_last_frame_time(client->get()) -
                                 static_cast<std::uint32_t>(engine.frames_processed()),
                             std::memory_order_relaxed);
    engine.process(inputs.data(), outputs.data(), frames, {}, cycle_began(client->get()));
    if (fading.load(std::memory_order_relaxed))
        fade(frames);
}

void ProcessClient::Impl::fade(std::uint32_t frames) noexcept {
    const bool was_silent = faded_frames >= fade_frames;
    for (std::uint32_t frame = 0; frame < frames; ++frame) {
        const float left =
            1.0f - static_cast<float>(faded_frames) / static_cast<float>(fade_frames);
        const float gain_lin = left * left * (3.0f - 2.0f * left);
        for (float *output : outputs)
            output[frame] *= gain_lin;
        faded_frames = std::min(faded_frames + 1, fade_frames);
    }
    if (was_silent)
        silent.store(true, std::memory_order_release);
}

/// Capture latency goes from the inputs to the outputs, playback latency the other way, and the
/// bus adds its own. Each channel passes to its own output alone.
void ProcessClient::Impl::update_latency(jack_latency_callback_mode_t mode) const {
    for (const PortPair &pair : ports) {
        const auto own = static_cast<jack_nframes_t>(engine.latency_frames(pair.bus));
        jack_latency_range_t range{};
        jack_port_get_latency_range(mode == JackCaptureLatency ? pair.input : pair.output, mode,
                                    &range);
        range.min += own;
        range.max += own;
        jack_port_set_latency_range(mode == JackCaptureLatency ? pair.output : pair.input, mode,
                                    &range);
    }
}

Result<void> ProcessClient::Impl::register_ports() {
    const auto add = [this](const std::string &short_name, unsigned long flags) {
        return jack_port_register(client->get(), short_name.c_str(), JACK_DEFAULT_AUDIO_TYPE, flags,
                                  0);
    };
    for (int index = 0; index < engine.bus_count(); ++index) {
        const engine::BusSetup &setup = engine.bus(index);
        graph::BusPorts bus{.name = setup.name, .channels = setup.channels};
        for (std::size_t channel = 1; channel <= setup.channels.size(); ++channel) {
            const std::string number = std::to_string(channel);
            const PortPair pair{.input = add(setup.name + "_in_" + number, JackPortIsInput),
                                .output = add(setup.name + "_out_" + number, JackPortIsOutput),
                                .bus = index};
            if (!pair.input || !pair.output)
                return failure("the JACK server refused a port of the bus '" + setup.name + "'",
                               "give the server more ports (jackd -p)");
            ports.push_back(pair);
            bus.inputs.emplace_back(jack_port_name(pair.input));
            bus.outputs.emplace_back(jack_port_name(pair.output));
        }
        buses.push_back(std::move(bus));
    }
    inputs.resize(ports.size());
    outputs.resize(ports.size());
    return {};
}

void ProcessClient::Impl::describe_ports() const {
    set_client_icon(client->get(), "multimedia-volume-control");
    std::size_t next = 0;
    for (const graph::BusPorts &bus : buses)
        for (const Channel channel : bus.channels) {
            const PortPair &pair = ports[next];
            const std::string label(symbol(channel));
            describe_port(client->get(), pair.input,
                          {.pretty_name = bus.name + " in " + label,
                           .group = bus.name + " in",
                           .order = static_cast<int>(next)});
            describe_port(client->get(), pair.output,
                          {.pretty_name = bus.name + " out " + label,
                           .group = bus.name + " out",
                           .order = static_cast<int>(ports.size() + next)});
            ++next;
        }
}

void ProcessClient::Impl::set_callbacks() {
    jack_client_t *const handle = client->get();
    jack_set_thread_init_callback(
        handle, [](void *) { prefault_stack(); }, nullptr);
    jack_set_process_callback(
        handle,
        [](jack_nframes_t frames, void *self) {
            static_cast<Impl *>(self)->process(frames);
            return 0;
        },
        this);
    jack_set_latency_callback(
        handle,
        [](jack_latency_callback_mode_t mode, void *self) {
            auto &impl = *static_cast<Impl *>(self);
            if (impl.sets_latency_in_callback)
                impl.update_latency(mode);
            else
                impl.latency_asked_for = true;
        },
        this);
    jack_set_buffer_size_callback(
        handle,
        [](jack_nframes_t frames, void *self) {
            static_cast<Impl *>(self)->period_frames = frames;
            return 0;
        },
        this);
    jack_set_sample_rate_callback(
        handle,
        [](jack_nframes_t rate_hz, void *self) {
            static_cast<Impl *>(self)->sample_rate_hz = rate_hz;
            return 0;
        },
        this);
    jack_set_xrun_callback(
        handle,
        [](void *self) {
            ++static_cast<Impl *>(self)->xruns;
            return 0;
        },
        this);
    jack_set_freewheel_callback(
        handle,
        [](int starting, void *self) { static_cast<Impl *>(self)->freewheel = starting != 0; },
        this);
    period_frames = jack_get_buffer_size(handle);
    sample_rate_hz = jack_get_sample_rate(handle);
}

ProcessClient::ProcessClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<ProcessClient>> ProcessClient::open(const std::string &client_name,
                                                           const std::string &server_name,
                                                           engine::Engine &engine) {
    auto impl = std::make_unique<Impl>(engine);
    auto client = Client::open(client_name, server_name);
    if (!client)
        return tl::unexpected(client.error());
    impl->client = std::move(*client);
    impl->name = impl->client->name();
    if (auto registered = impl->register_ports(); !registered)
        return tl::unexpected(registered.error());
    impl->set_callbacks();
    impl->describe_ports();
    return std::unique_ptr<ProcessClient>(new ProcessClient(std::move(impl)));
}

ProcessClient::~ProcessClient() {
    if (impl_->active && !server_lost())
        fade_out();
    if (!server_lost())
        deactivate();
}

Result<void> ProcessClient::activate() {
    impl_->prepared_rate_hz = static_cast<std::uint32_t>(impl_->engine.sample_rate_hz());
    impl_->fade_frames = std::max(1u, static_cast<std::uint32_t>(kFadeSeconds * sample_rate_hz()));
    impl_->faded_frames = 0;
    impl_->fading = false;
    impl_->silent = false;
    if (jack_activate(impl_->client->get()) != 0)
        return failure("the JACK server did not activate the client '" + impl_->name + "'");
    impl_->active = true;
    return {};
}

void ProcessClient::deactivate() {
    if (std::exchange(impl_->active, false))
        jack_deactivate(impl_->client->get());
}

void ProcessClient::fade_out() {
    using namespace std::chrono;
    if (!impl_->active)
        return;
    impl_->fading = true;
    const duration<double> needed{kFadeSeconds + 4.0 * period_frames() / sample_rate_hz()};
    const auto deadline =
        steady_clock::now() + duration_cast<milliseconds>(needed) + milliseconds(100);
    while (!impl_->silent.load(std::memory_order_acquire) && !server_lost() &&
           steady_clock::now() < deadline)
        std::this_thread::sleep_for(milliseconds(1));
}

void ProcessClient::report_latency() {
    jack_recompute_total_latencies(impl_->client->get());
}

void ProcessClient::follow_latency() {
    if (!impl_->latency_asked_for.exchange(false))
        return;
    impl_->update_latency(JackCaptureLatency);
    impl_->update_latency(JackPlaybackLatency);
}

const std::string &ProcessClient::name() const {
    return impl_->name;
}

const std::vector<graph::BusPorts> &ProcessClient::buses() const {
    return impl_->buses;
}

double ProcessClient::sample_rate_hz() const {
    return impl_->sample_rate_hz;
}

std::uint32_t ProcessClient::period_frames() const {
    return impl_->period_frames;
}

std::uint64_t ProcessClient::xruns() const {
    return impl_->xruns;
}

bool ProcessClient::freewheel() const {
    return impl_->freewheel;
}

std::uint32_t ProcessClient::stream_start_frame() const {
    return impl_->stream_start_frame;
}

bool ProcessClient::server_lost() const {
    return impl_->client->server_lost();
}

} // namespace headroom::jack
