// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/engine/midi_bridge.hpp"
#include "jack_client/graph/controller_links.hpp"
#include "jack_client/graph/reconciler.hpp"
#include "jack_client/jack/port_table.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headroom::jack {

/// An insert with ports, as it stands.
struct InsertState {
    std::string bus;
    int delay_frames = 0; ///< from send to return; 0: nothing comes back, it is bypassed
    bool operator==(const InsertState &) const = default;
};

/// The client whose process callback is the engine: ports "<bus>_in_1"..., "<bus>_out_1"... for
/// every bus. One thread makes all calls, but for those that say otherwise. libjack's callbacks
/// only set atomic values, so whoever wants to know asks now and then.
class ProcessClient {
  public:
    /// Opens the client and registers its ports; those for MIDI where there is a bridge to bring
    /// the messages on. Not running yet. Calls on_news, from a thread of libjack, where what this
    /// class tells of has changed, but for the number of xruns.
    static Result<std::unique_ptr<ProcessClient>> open(
        const std::string &client_name, const std::string &server_name, engine::Engine &engine,
        std::function<void()> on_news = [] {}, engine::MidiBridge *midi = nullptr);
    /// Fades out where it still runs, and closes.
    ~ProcessClient();

    /// Starts the process callback. The engine must be prepared for sample_rate_hz(); should the
    /// server's rate change later, silence is played until the client is deactivated, the engine
    /// prepared anew and the client activated.
    Result<void> activate();
    /// Stops the process callback; the links of the ports go.
    void deactivate();

    /// Takes the output to silence within 20 ms and returns once it is played; then nothing but
    /// silence comes. Gives up soon where the server runs no callbacks.
    void fade_out();

    /// Gives each bus the ports that it should have beside its inputs and outputs.
    Result<void> set_side_ports(const std::vector<SidePorts> &wanted);

    /// As of PortTable. The engine's strip in this slot hears what comes in there.
    Result<std::vector<std::string>> add_strip(int slot, int bus, const std::string &application,
                                               const std::string &shown,
                                               const ChannelLayout &channels);
    void show_strip(int slot, const std::string &shown);
    void remove_strip(int slot);
    bool names_are_free() const;

    /// Looks at what is connected to the inserts and how long the way through the outside is, and
    /// tells the engine if that has changed. Call whenever the graph or a latency has changed.
    /// Returns whether it wants to be called again soon.
    bool follow_inserts();
    std::vector<InsertState> inserts() const;

    /// Has everything shown to a controller that was connected.
    void note_controllers(const std::vector<graph::Event> &events);
    /// Connects controllers. Call when the graph has changed, and soon again while `controllers`
    /// waits.
    void connect_controllers(graph::ControllerLinks &controllers,
                             const std::vector<graph::Event> &events);

    /// Reports the latency in force to the server if it has changed, and sets the latency ranges if
    /// the server has asked for them and its callback may not. Returns whether it wants to be
    /// called again soon, because a structural change is under way.
    bool follow_latency();
    /// Whether pretty names have changed since the last call, as far as other clients of this
    /// process may not have been told.
    bool take_described();

    const std::string &name() const; ///< as granted
    /// The ports of each bus by full name; the sinks are empty.
    const std::vector<graph::BusPorts> &buses() const;

    /// What changes from callback to callback. Any thread, also when the client has gone.
    struct Counts {
        std::atomic<std::uint64_t> xruns{0}; ///< since the client was opened
        /// The server's frame at which the engine's stream would have begun, had no cycle been
        /// lost; 0 before the first callback.
        std::atomic<std::int64_t> stream_start_frame{0};
        /// Set it, and nothing but silence is played and the engine is not called any more.
        std::atomic<bool> is_left_behind{false};
    };
    std::shared_ptr<Counts> counts() const;

    // Any thread --------------------------------------------------------------------------------
    double sample_rate_hz() const; ///< the server's, now
    std::uint32_t period_frames() const;
    std::uint32_t server_frame() const; ///< at the beginning of the server's newest cycle
    bool freewheel() const;
    bool server_lost() const;

  private:
    struct Impl;
    explicit ProcessClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::jack
