// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/midi_device.hpp"

#include "jack_client/engine/spsc_ring.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdexcept>

namespace headroom::test {

namespace {

constexpr std::size_t kMostBytes = 256;
constexpr std::size_t kMostMessages = 1 << 17;

struct Timed {
    std::uint32_t frame = 0;
    std::uint16_t size = 0;
    std::array<std::uint8_t, kMostBytes> bytes{};
};

bool is_linked(jack_client_t *client, const std::string &from, const std::string &to) {
    jack_port_t *const port = jack_port_by_name(client, from.c_str());
    const char **const names = port ? jack_port_get_all_connections(client, port) : nullptr;
    bool found = false;
    for (const char **name = names; name && *name; ++name)
        found |= to == *name;
    jack_free(static_cast<void *>(names));
    return found;
}

} // namespace

struct MidiDevice::Impl {
    jack_client_t *client = nullptr;
    jack_port_t *out = nullptr;
    jack_port_t *in = nullptr;
    engine::SpscRing<Timed> to_send{4096};
    Timed next; ///< process thread
    bool has_next = false;
    std::vector<Received> heard = std::vector<Received>(kMostMessages);
    std::atomic<std::size_t> heard_count{0};
    std::atomic<std::size_t> forgotten{0};
    std::atomic<int> late{0};
    std::atomic<int> xruns{0};

    static int process(jack_nframes_t frames, void *self) {
        static_cast<Impl *>(self)->cycle(frames);
        return 0;
    }

    void cycle(jack_nframes_t frames) {
        const std::uint32_t now = jack_last_frame_time(client);
        void *const sent = jack_port_get_buffer(out, frames);
        jack_midi_clear_buffer(sent);
        while (has_next || to_send.pop(next)) {
            has_next = true;
            const auto at = static_cast<std::int32_t>(next.frame - now);
            if (at >= static_cast<std::int32_t>(frames))
                break;
            const auto offset = static_cast<jack_nframes_t>(std::max(at, 0));
            if (jack_midi_event_write(sent, offset, next.bytes.data(), next.size) != 0)
                break;
            late += at < 0 ? 1 : 0;
            has_next = false;
        }
        void *const received = jack_port_get_buffer(in, frames);
        for (std::uint32_t i = 0; i < jack_midi_get_event_count(received); ++i) {
            jack_midi_event_t event;
            const std::size_t count = heard_count.load(std::memory_order_relaxed);
            if (jack_midi_event_get(&event, received, i) != 0 || count == heard.size())
                continue;
            heard[count] = {now + event.time, std::chrono::steady_clock::now(),
                            Message(event.buffer, event.buffer + event.size)};
            heard_count.store(count + 1, std::memory_order_release);
        }
    }
};

MidiDevice::MidiDevice(const std::string &server_name, const std::string &client_name)
    : impl_(std::make_unique<Impl>()) {
    jack_status_t status{};
    impl_->client = jack_client_open(
        client_name.c_str(), static_cast<jack_options_t>(JackNoStartServer | JackServerName),
        &status, server_name.c_str());
    if (impl_->client == nullptr)
        throw std::runtime_error("cannot open the device's client");
    impl_->out =
        jack_port_register(impl_->client, "out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
    impl_->in = jack_port_register(impl_->client, "in", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
    jack_set_process_callback(impl_->client, &Impl::process, impl_.get());
    jack_set_xrun_callback(
        impl_->client,
        [](void *self) {
            ++static_cast<Impl *>(self)->xruns;
            return 0;
        },
        impl_.get());
    if (impl_->out == nullptr || impl_->in == nullptr || jack_activate(impl_->client) != 0)
        throw std::runtime_error("cannot activate the device's client");
}

MidiDevice::~MidiDevice() {
    jack_client_close(impl_->client);
}

bool MidiDevice::connect_to_headroom() {
    const std::string name = jack_get_client_name(impl_->client);
    return eventually([&] {
        jack_connect(impl_->client, (name + ":out").c_str(), "headroom:midi_in");
        jack_connect(impl_->client, "headroom:midi_out", (name + ":in").c_str());
        return is_connected_to_headroom();
    });
}

bool MidiDevice::is_connected_to_headroom() const {
    const std::string name = jack_get_client_name(impl_->client);
    return is_linked(impl_->client, name + ":out", "headroom:midi_in") &&
           is_linked(impl_->client, "headroom:midi_out", name + ":in");
}

bool MidiDevice::disconnect_from_headroom() {
    const std::string name = jack_get_client_name(impl_->client);
    return eventually([&] {
        jack_disconnect(impl_->client, (name + ":out").c_str(), "headroom:midi_in");
        jack_disconnect(impl_->client, "headroom:midi_out", (name + ":in").c_str());
        return !is_linked(impl_->client, name + ":out", "headroom:midi_in") &&
               !is_linked(impl_->client, "headroom:midi_out", name + ":in");
    });
}

std::uint32_t MidiDevice::frame_now() const {
    return jack_frame_time(impl_->client);
}

int MidiDevice::xruns() const {
    return impl_->xruns;
}

void MidiDevice::send_at(std::uint32_t frame, const Message &message) {
    Timed timed{.frame = frame, .size = static_cast<std::uint16_t>(message.size())};
    if (message.size() > kMostBytes)
        throw std::runtime_error("the message is too long for the device");
    std::copy(message.begin(), message.end(), timed.bytes.begin());
    if (!eventually([&] { return impl_->to_send.push(timed); }))
        throw std::runtime_error("the device sends nothing");
}

int MidiDevice::late() const {
    return impl_->late;
}

std::vector<MidiDevice::Received> MidiDevice::received() const {
    const auto from = static_cast<std::ptrdiff_t>(impl_->forgotten.load());
    const auto to = static_cast<std::ptrdiff_t>(impl_->heard_count.load(std::memory_order_acquire));
    return {impl_->heard.begin() + from, impl_->heard.begin() + to};
}

void MidiDevice::forget_received() {
    impl_->forgotten = impl_->heard_count.load();
}

} // namespace headroom::test
