// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/midi_ports.hpp"

#include "jack_client/jack/metadata.hpp"
#include "jack_client/jack/port_names.hpp"
#include "jack_client/jack/server.hpp"

#include <algorithm>
#include <jack/jack.h>
#include <jack/midiport.h>

namespace headroom::jack {

namespace {

/// Behind all ports for audio.
constexpr int kOrder = 1 << 20;

/// PipeWire tells of a link before it carries anything, and what is sent meanwhile is lost. How
/// long that may take.
constexpr std::chrono::milliseconds kCarryTime{1000};

} // namespace

MidiPorts::MidiPorts(jack_client_t *client, engine::MidiBridge &bridge)
    : client_(client),
      bridge_(bridge),
      links_carry_late_(libjack_is_pipewire()),
      events_(kMostEvents) {}

Result<std::unique_ptr<MidiPorts>> MidiPorts::open(jack_client_t *client,
                                                   engine::MidiBridge &bridge) {
    std::unique_ptr<MidiPorts> ports(new MidiPorts(client, bridge));
    const auto add = [&](const char *name, const char *pretty_name, unsigned long flags,
                         int order) {
        jack_port_t *port = jack_port_register(client, name, JACK_DEFAULT_MIDI_TYPE, flags, 0);
        if (port)
            describe_port(client, port,
                          {.pretty_name = pretty_name, .group = "controllers", .order = order});
        return port;
    };
    ports->in_ = add("midi_in", "controllers in", JackPortIsInput, kOrder);
    ports->out_ = add("midi_out", "controllers out", JackPortIsOutput, kOrder + 1);
    if (!ports->in_ || !ports->out_)
        return failure("the JACK server refused a port for MIDI",
                       "give the server more ports (jackd -p)");
    return ports;
}

graph::ControllerPorts MidiPorts::names() const {
    return {.in = jack_port_name(in_), .out = jack_port_name(out_)};
}

graph::Snapshot MidiPorts::snapshot() const {
    graph::Snapshot out;
    for (const std::string &name :
         taken_names(jack_get_ports(client_, nullptr, JACK_DEFAULT_MIDI_TYPE, 0)))
        if (const jack_port_t *port = jack_port_by_name(client_, name.c_str()))
            out.ports.push_back({.name = name,
                                 .aliases = aliases_of(port),
                                 .is_output = (jack_port_flags(port) & JackPortIsOutput) != 0});
    const auto [in, own] = names();
    for (const std::string &from : taken_names(jack_port_get_all_connections(client_, in_)))
        out.links.push_back({from, in});
    for (const std::string &to : taken_names(jack_port_get_all_connections(client_, out_)))
        out.links.push_back({own, to});
    return out;
}

void MidiPorts::note(const std::vector<graph::Event> &events) {
    const auto now = Clock::now();
    const std::string out = names().out;
    const bool is_linked = std::any_of(events.begin(), events.end(), [&](const auto &event) {
        return event.kind == graph::Event::Kind::linked && event.from == out;
    });
    const bool carries_now = now >= carries_at_;
    if (is_linked || carries_now)
        bridge_.note_connection();
    if (is_linked && links_carry_late_)
        carries_at_ = now + kCarryTime;
    else if (carries_now)
        carries_at_ = Clock::time_point::max();
}

std::span<const midi::Event> MidiPorts::receive(jack_nframes_t frames,
                                                std::uint64_t first) noexcept {
    void *const buffer = jack_port_get_buffer(in_, frames);
    const std::uint32_t count = jack_midi_get_event_count(buffer);
    std::size_t taken = 0;
    for (std::uint32_t i = 0; i < count && taken < events_.size(); ++i) {
        jack_midi_event_t event;
        if (jack_midi_event_get(&event, buffer, i) != 0 || event.size == 0 ||
            event.size > midi::Event::kMostBytes)
            continue;
        midi::Event &out = events_[taken];
        // Some programs put frames out of order, or beyond the cycle.
        out.frame = std::min(event.time, frames - 1);
        if (taken > 0)
            out.frame = std::max(out.frame, events_[taken - 1].frame);
        out.size = static_cast<std::uint8_t>(event.size);
        std::copy_n(event.buffer, event.size, out.data.begin());
        ++taken;
        bridge_.hear({first + out.frame, out.size, out.data});
    }
    return std::span(events_).first(taken);
}

void MidiPorts::send(jack_nframes_t frames) noexcept {
    void *const buffer = jack_port_get_buffer(out_, frames);
    jack_midi_clear_buffer(buffer);
    while (unsent_.size > 0 || bridge_.next_to_send(unsent_)) {
        if (jack_midi_event_write(buffer, 0, unsent_.data.data(), unsent_.size) != 0) {
            // What does not fit into an empty cycle never will.
            if (jack_midi_get_event_count(buffer) == 0)
                unsent_.size = 0;
            return;
        }
        unsent_.size = 0;
    }
}

} // namespace headroom::jack
