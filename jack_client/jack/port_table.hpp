// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/graph/reconciler.hpp"

#include <atomic>
#include <cstdint>
#include <jack/types.h>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace headroom::jack {

/// Ports that a bus has beside its inputs and outputs, where its profile asks for them.
struct SidePorts {
    bool sidechain = false;
    bool insert = false;
    bool operator==(const SidePorts &) const = default;
};

/// The ports of the client that processes. Registered and taken away by one thread; the process
/// thread works on a set of them that never changes, and takes the newest set when a cycle begins.
/// What a newer set has no more use for goes once the process thread has moved on. Threads of
/// libjack that read a set keep it for as long as they do.
class PortTable {
  public:
    /// Registers "<bus>_in_1"..., "<bus>_out_1"... for every bus, described for patchbays.
    static Result<std::unique_ptr<PortTable>> open(jack_client_t *client,
                                                   const engine::Engine &engine);
    ~PortTable();

    /// Gives each bus the ports "<bus>_sidechain_1"..., "<bus>_send_1"..., "<bus>_return_1"... that
    /// it should have, and takes the others away. One for each bus.
    Result<void> set_side_ports(const std::vector<SidePorts> &wanted);

    /// Registers "<application>_1"..., one port for each channel, for the strip in a slot; shown is
    /// the application's name that people see. Returns their full names.
    Result<std::vector<std::string>> add_strip(int slot, int bus, const std::string &application,
                                               const std::string &shown,
                                               const ChannelLayout &channels);
    /// Describes the ports of a strip anew.
    void show_strip(int slot, const std::string &shown);
    void remove_strip(int slot);
    /// False while the process thread still holds ports that were removed: their names are taken.
    bool names_are_free() const { return retired_.empty(); }

    /// Unregisters what is no longer in use. running: the process thread is at work.
    void collect(bool running);

    /// The ports of each bus by full name; the sinks are empty.
    std::vector<graph::BusPorts> bus_ports() const;

    /// What comes back to the insert of a bus passes through the outside: all of its returns and
    /// one of its sends at least are connected.
    bool loop_is_complete(int bus) const;
    /// The latency that programs outside report between the send and the return of a bus.
    jack_nframes_t outside_latency_frames(int bus) const;

    /// What is in force in each bus: its latency, and its insert's share of it. What
    /// report_latency() goes by.
    std::vector<std::pair<int, int>> latencies() const;

    /// Any thread but the process thread: in a callback of libjack for latency.
    void report_latency(jack_latency_callback_mode_t mode) const;

    // Process thread ----------------------------------------------------------------------------

    /// Where the engine finds the audio of one cycle.
    struct Buffers {
        std::vector<const float *> inputs;
        std::vector<float *> outputs;
        std::vector<engine::BusPatch> patches;
        std::vector<const float *const *> strips; ///< by slot
    };
    /// Real-time safe.
    Buffers &gather(jack_nframes_t frames) noexcept;
    /// Fills what was gathered and goes out with silence. Real-time safe.
    void silence(jack_nframes_t frames) noexcept;

    // Any thread --------------------------------------------------------------------------------

    /// The delay that the engine's insert has been told; 0 closes the loop.
    void set_insert_delay(int bus, int delay_frames) noexcept;

  private:
    using Ports = std::vector<jack_port_t *>;
    struct Bus {
        Ports inputs, outputs;
        Ports sidechain, sends, returns; ///< empty where there are none
    };
    struct Strip {
        int bus = 0;
        Ports inputs; ///< empty where there is no strip
        ChannelLayout channels{};
    };
    /// What the process thread works on.
    struct Set {
        std::uint64_t generation = 0;
        std::vector<Bus> buses;
        std::vector<Strip> strips;
        Buffers buffers;
        /// Where the patches and the strips point to.
        std::vector<std::vector<float *>> sidechains, sends, returns, strip_channels;
    };
    /// Ports that sets before `generation` may still use.
    struct Retired {
        std::uint64_t generation;
        Ports ports;
    };

    PortTable(jack_client_t *client, const engine::Engine &engine)
        : client_(client),
          engine_(engine),
          buses_(static_cast<std::size_t>(engine.bus_count())),
          side_ports_(buses_.size()),
          insert_delays_(buses_.size()) {}

    jack_port_t *add_port(const std::string &name, unsigned long flags);
    void describe(const Ports &ports, const std::string &group, const ChannelLayout &channels,
                  int order) const;
    void unregister(const Ports &ports);
    Result<Ports> add(int bus, const std::string &kind, unsigned long flags, int order);
    static void pass_strip(const Bus &bus, jack_port_t *input, jack_nframes_t own,
                           jack_latency_callback_mode_t mode);
    void retire(Ports &ports);
    void publish();
    bool is_loop(const Bus &bus) const noexcept;

    jack_client_t *client_;
    const engine::Engine &engine_;
    std::vector<Bus> buses_;
    std::vector<Strip> strips_{engine::Engine::kMaximumStrips}; ///< by slot
    std::vector<SidePorts> side_ports_;
    std::vector<Retired> retired_;
    std::vector<std::shared_ptr<Set>> sets_;      ///< the newest last
    std::vector<std::atomic<int>> insert_delays_; ///< of each bus, in frames
    bool asks_server_ = false;                    ///< the process thread may ask what is connected

    std::shared_ptr<const Set> newest_set() const;

    mutable std::mutex mutex_;
    std::shared_ptr<const Set> told_; ///< the newest, guarded by the mutex
    std::atomic<Set *> newest_{nullptr};
    std::atomic<std::uint64_t> used_generation_{0}; ///< by the process thread
    Set *used_ = nullptr;                           ///< process thread
};

} // namespace headroom::jack
