// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/engine/midi_bridge.hpp"
#include "jack_client/graph/controller_links.hpp"
#include "jack_client/midi/event.hpp"

#include <chrono>
#include <cstdint>
#include <jack/types.h>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace headroom::jack {

/// The ports "midi_in" and "midi_out" of the client that processes.
class MidiPorts {
  public:
    /// Most messages of a cycle: more than a port of JACK2 has room for.
    static constexpr std::size_t kMostEvents = 4096;

    /// Not real-time safe. The bridge must outlive this.
    static Result<std::unique_ptr<MidiPorts>> open(jack_client_t *client,
                                                   engine::MidiBridge &bridge);

    graph::ControllerPorts names() const;
    /// All ports for MIDI of the server, and the links of these two. The graph's thread.
    graph::Snapshot snapshot() const;

    /// Tells the bridge where something has been connected to the output, and under PipeWire once
    /// more when it surely hears. To be called now and then, without events too. The graph's
    /// thread.
    void note(const std::vector<graph::Event> &events);

    // Process thread, real-time safe ------------------------------------------------------------

    /// What came in this cycle, by frame, after it was handed to the bridge. `first` is the
    /// stream's frame with which the cycle begins.
    std::span<const midi::Event> receive(jack_nframes_t frames, std::uint64_t first) noexcept;
    /// Sends what waits in the bridge, as much as this cycle has room for.
    void send(jack_nframes_t frames) noexcept;

  private:
    using Clock = std::chrono::steady_clock;

    MidiPorts(jack_client_t *client, engine::MidiBridge &bridge);

    jack_client_t *client_;
    engine::MidiBridge &bridge_;
    jack_port_t *in_ = nullptr;
    jack_port_t *out_ = nullptr;
    const bool links_carry_late_;
    Clock::time_point carries_at_ = Clock::time_point::max(); ///< the newest link from the output
    std::vector<midi::Event> events_;
    engine::MidiBridge::Said unsent_; ///< had no room in the last cycle
};

} // namespace headroom::jack
