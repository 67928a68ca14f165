// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/process_client.hpp"

#include "jack_client/engine/process_scope.hpp"
#include "jack_client/jack/client.hpp"
#include "jack_client/jack/frame_count.hpp"
#include "jack_client/jack/metadata.hpp"
#include "jack_client/jack/midi_ports.hpp"
#include "jack_client/jack/port_table.hpp"
#include "jack_client/jack/prefault.hpp"
#include "jack_client/jack/server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <optional>
#include <thread>
#include <utility>

namespace headroom::jack {
namespace {

constexpr double kFadeSeconds = 0.02;

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

/// How long the latency of the way outside must have been the same before it counts: the server
/// goes round a loop more than once until all latencies in it are true.
constexpr std::chrono::milliseconds kLatencyRest{50};

/// What is known of a bus's insert.
struct Insert {
    int seen_frames = 0; ///< delay at the last look
    std::chrono::steady_clock::time_point seen_since;
    int told_frames = -1; ///< delay that the engine knows
};

} // namespace

struct ProcessClient::Impl {
    Impl(engine::Engine &engine_to_run, std::function<void()> on_news)
        : engine(engine_to_run), tell(std::move(on_news)) {}

    engine::Engine &engine;
    const std::function<void()> tell; ///< there is something to follow; from libjack's thread
    std::string name;
    std::vector<graph::BusPorts> buses;
    std::vector<Insert> inserts;
    std::vector<std::pair<int, int>> reported_latencies; ///< of each bus, and of its insert
    bool active = false;

    std::atomic<std::uint32_t> sample_rate_hz{0};
    std::atomic<std::uint32_t> period_frames{0};
    std::atomic<bool> freewheel{false};
    const std::shared_ptr<Counts> counts = std::make_shared<Counts>();

    /// PipeWire's library holds a lock while it calls the latency callback, and setting a range
    /// there may run a queued callback that waits for the same lock (0.3.65): its callback only
    /// asks, and follow_latency() answers.
    const bool sets_latency_in_callback = !libjack_is_pipewire();
    std::atomic<bool> latency_asked_for{false};

    /// PipeWire's library keeps properties for the whole process, and tells only that of our
    /// clients which is the first to hear.
    std::atomic<bool> descriptions_changed{false};

    std::atomic<bool> fading{false}; ///< asked for
    std::atomic<bool> silent{false}; ///< a whole period of silence is out

    // Process thread, while active
    std::uint32_t prepared_rate_hz = 0; ///< another rate of the server is met with silence
    std::uint32_t fade_frames = 1;
    std::uint32_t faded_frames = 0;
    FrameCount server_frames; ///< at which the period begins

    std::unique_ptr<PortTable> ports;
    std::unique_ptr<MidiPorts> midi; ///< nullptr without MIDI
    std::unique_ptr<Client> client;  ///< last, since its callbacks use the others

    void set_callbacks();
    void process(std::uint32_t frames) noexcept;
    void fade(std::span<float *const> outputs, std::uint32_t frames) noexcept;
    void follow_insert(int bus, std::chrono::steady_clock::time_point now);
};

void ProcessClient::Impl::process(std::uint32_t frames) noexcept {
    const engine::ProcessScope scope;
    PortTable::Buffers &buffers = ports->gather(frames);
    if (counts->is_left_behind.load(std::memory_order_relaxed)) {
        ports->silence(frames);
        return;
    }
    std::span<const midi::Event> events;
    if (midi) {
        midi->send(frames);
        events = midi->receive(frames, engine.frames_processed());
    }
    if (sample_rate_hz.load(std::memory_order_relaxed) != prepared_rate_hz) {
        ports->silence(frames);
        return;
    }
    const auto stream_frame = static_cast<std::int64_t>(engine.frames_processed());
    counts->stream_start_frame =
        server_frames.follow(jack_last_frame_time(client->get())) - stream_frame;
    engine.process(buffers.inputs.data(), buffers.outputs.data(), frames, buffers.patches,
                   buffers.strips, cycle_began(client->get()), events);
    if (fading.load(std::memory_order_relaxed))
        fade(buffers.outputs, frames);
}

void ProcessClient::Impl::fade(std::span<float *const> outputs, std::uint32_t frames) noexcept {
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
                impl.ports->report_latency(mode);
            else
                impl.latency_asked_for = true;
            impl.tell();
        },
        this);
    jack_set_buffer_size_callback(
        handle,
        [](jack_nframes_t frames, void *self) {
            auto &impl = *static_cast<Impl *>(self);
            impl.period_frames = frames;
            impl.tell();
            return 0;
        },
        this);
    jack_set_sample_rate_callback(
        handle,
        [](jack_nframes_t rate_hz, void *self) {
            auto &impl = *static_cast<Impl *>(self);
            impl.sample_rate_hz = rate_hz;
            impl.tell();
            return 0;
        },
        this);
    jack_set_xrun_callback(
        handle,
        [](void *self) {
            ++static_cast<Impl *>(self)->counts->xruns;
            return 0;
        },
        this);
    jack_set_freewheel_callback(
        handle,
        [](int starting, void *self) {
            auto &impl = *static_cast<Impl *>(self);
            impl.freewheel = starting != 0;
            impl.tell();
        },
        this);
    if (libjack_is_pipewire())
        jack_set_property_change_callback(
            handle,
            [](jack_uuid_t, const char *key, jack_property_change_t, void *self) {
                auto &impl = *static_cast<Impl *>(self);
                if (!may_rename(key))
                    return;
                impl.descriptions_changed = true;
                impl.tell();
            },
            this);
    period_frames = jack_get_buffer_size(handle);
    sample_rate_hz = jack_get_sample_rate(handle);
}

ProcessClient::ProcessClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<ProcessClient>> ProcessClient::open(const std::string &client_name,
                                                           const std::string &server_name,
                                                           engine::Engine &engine,
                                                           std::function<void()> on_news,
                                                           engine::MidiBridge *midi) {
    auto impl = std::make_unique<Impl>(engine, std::move(on_news));
    auto client = Client::open(client_name, server_name, impl->tell);
    if (!client)
        return tl::unexpected(client.error());
    impl->client = std::move(*client);
    impl->name = impl->client->name();
    auto ports = PortTable::open(impl->client->get(), engine);
    if (!ports)
        return tl::unexpected(ports.error());
    impl->ports = std::move(*ports);
    if (midi != nullptr) {
        auto opened = MidiPorts::open(impl->client->get(), *midi);
        if (!opened)
            return tl::unexpected(opened.error());
        impl->midi = std::move(*opened);
    }
    impl->buses = impl->ports->bus_ports();
    impl->inserts.resize(impl->buses.size());
    impl->set_callbacks();
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
    impl_->reported_latencies = impl_->ports->latencies(); // JACK asks for them now
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
    const auto deadline = steady_clock::now() + ceil<milliseconds>(needed + 100ms);
    while (!impl_->silent.load(std::memory_order_acquire) && !server_lost() &&
           steady_clock::now() < deadline)
        std::this_thread::sleep_for(milliseconds(1));
}

Result<void> ProcessClient::set_side_ports(const std::vector<SidePorts> &wanted) {
    auto set = impl_->ports->set_side_ports(wanted);
    impl_->buses = impl_->ports->bus_ports();
    follow_inserts();
    return set;
}

Result<std::vector<std::string>> ProcessClient::add_strip(int slot, int bus,
                                                          const std::string &application,
                                                          const std::string &shown,
                                                          const ChannelLayout &channels) {
    return impl_->ports->add_strip(slot, bus, application, shown, channels);
}

void ProcessClient::show_strip(int slot, const std::string &shown) {
    impl_->ports->show_strip(slot, shown);
}

void ProcessClient::remove_strip(int slot) {
    impl_->ports->remove_strip(slot);
}

bool ProcessClient::names_are_free() const {
    return impl_->ports->names_are_free();
}

void ProcessClient::Impl::follow_insert(int bus, std::chrono::steady_clock::time_point now) {
    Insert &insert = inserts[static_cast<std::size_t>(bus)];
    std::uint32_t delay_frames = 0;
    if (ports->loop_is_complete(bus))
        delay_frames = period_frames + ports->outside_latency_frames(bus);
    const bool is_possible = delay_frames <= engine::kMaximumInsertDelay_frames;
    const int delay = is_possible ? static_cast<int>(delay_frames) : 0;
    if (delay != std::exchange(insert.seen_frames, delay))
        insert.seen_since = now;
    const bool is_settled = delay == 0 || now - insert.seen_since >= kLatencyRest;
    if (delay == insert.told_frames || !is_settled)
        return;
    engine.set_insert_delay(bus, delay);
    insert.told_frames = delay;
    ports->set_insert_delay(bus, delay);
}

bool ProcessClient::follow_inserts() {
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t bus = 0; bus < impl_->inserts.size(); ++bus)
        impl_->follow_insert(static_cast<int>(bus), now);
    impl_->ports->collect(impl_->active);
    return !names_are_free() ||
           std::any_of(impl_->inserts.begin(), impl_->inserts.end(), [](const Insert &insert) {
               return insert.told_frames != insert.seen_frames;
           });
}

std::vector<InsertState> ProcessClient::inserts() const {
    std::vector<InsertState> out;
    for (std::size_t i = 0; i < impl_->buses.size(); ++i)
        if (!impl_->buses[i].sends.empty())
            out.push_back({impl_->buses[i].name, std::max(impl_->inserts[i].told_frames, 0)});
    return out;
}

void ProcessClient::note_controllers(const std::vector<graph::Event> &events) {
    if (impl_->midi)
        impl_->midi->note(events);
}

void ProcessClient::connect_controllers(graph::ControllerLinks &controllers,
                                        const std::vector<graph::Event> &events) {
    if (impl_->midi && controllers.is_due(events))
        controllers.step(events, impl_->midi->snapshot(), impl_->midi->names());
}

bool ProcessClient::follow_latency() {
    // Asked before the latency is read, so that a change in between is not missed.
    const bool is_under_way = impl_->engine.is_restructuring();
    auto latencies = impl_->ports->latencies();
    if (latencies != std::exchange(impl_->reported_latencies, latencies))
        jack_recompute_total_latencies(impl_->client->get());
    if (impl_->latency_asked_for.exchange(false))
        for (const auto mode : {JackCaptureLatency, JackPlaybackLatency})
            impl_->ports->report_latency(mode);
    return is_under_way;
}

bool ProcessClient::take_described() {
    return impl_->descriptions_changed.exchange(false);
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

std::shared_ptr<ProcessClient::Counts> ProcessClient::counts() const {
    return impl_->counts;
}

std::uint32_t ProcessClient::server_frame() const {
    return server_lost() ? 0 : jack_last_frame_time(impl_->client->get());
}

bool ProcessClient::freewheel() const {
    return impl_->freewheel;
}

bool ProcessClient::server_lost() const {
    return impl_->client->server_lost();
}

} // namespace headroom::jack
