// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/bus.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/engine/insert_loops.hpp"
#include "jack_client/engine/live_values.hpp"
#include "jack_client/engine/parameter_feed.hpp"
#include "jack_client/engine/retired.hpp"
#include "jack_client/engine/sidechains.hpp"
#include "jack_client/engine/strip_rack.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace headroom::engine {

/// What MIDI moves, on its way to the process thread and back.
struct MidiTable final : Retired {
    explicit MidiTable(midi::ControlTable controls) : table(std::move(controls)) {}
    midi::ControlTable table;
};

/// The buffers of one call, as of Engine::process().
struct ProcessBuffers {
    const float *const *inputs;
    float *const *outputs;
    std::span<const BusPatch> patches;
    std::span<const float *const *const> strips;
};

/// Everything that the process thread works on, and the order in which it does. Time is cut into
/// chunks that every bus does in one go; what changes within a chunk is known before the first bus
/// begins with it, so that each bus is cut by its own changes alone.
class ProcessWorld {
  public:
    /// What the process thread is done with goes to `returns`.
    ProcessWorld(const std::vector<BusSetup> &setups, Returns &returns);
    ~ProcessWorld();
    ProcessWorld(const ProcessWorld &) = delete;
    ProcessWorld &operator=(const ProcessWorld &) = delete;

    // Process thread, real-time safe ------------------------------------------------------------

    void process(const ProcessBuffers &buffers, std::uint32_t frames,
                 std::span<const midi::Event> midi) noexcept;

    // Control side: see each of them ------------------------------------------------------------

    ParameterFeed &feed() noexcept { return feed_; }
    LiveValues &live() noexcept { return live_; }
    const LiveValues &live() const noexcept { return live_; }
    StripRack &strips() noexcept { return strips_; }
    const StripRack &strips() const noexcept { return strips_; }
    const Sidechains &sidechains() const noexcept { return sidechains_; }
    bool next_meters(MeterFrame &meters) noexcept { return outlets_.meters.pop(meters); }

    // Any thread --------------------------------------------------------------------------------

    const InForce &in_force(int bus) const noexcept {
        return in_force_[static_cast<std::size_t>(bus)];
    }
    std::uint64_t frame() const noexcept { return frame_.load(std::memory_order_acquire); }
    int channel_count() const noexcept { return channels_; }

    // While process() is not being called -------------------------------------------------------

    /// What is on its way holds at once, in the order of time: live() has it.
    void drain();
    void remove_buses() { buses_.clear(); }
    /// The next one. Returns whoever keeps what buses hand out.
    Outlets &outlets() noexcept { return outlets_; }
    void add_bus(std::unique_ptr<Bus> bus) { buses_.push_back(std::move(bus)); }
    /// Goes on from the next multiple of the grid.
    void align() noexcept;

  private:
    std::uint32_t schedule(std::uint64_t now, std::uint32_t frames,
                           std::span<const midi::Event> &midi, std::uint64_t first) noexcept;
    void make_room(std::uint64_t now) noexcept;
    void apply_command(const Command &command) noexcept;
    void schedule(int bus, const Step &step) noexcept;
    void schedule_value(const midi::Target &target, float value, std::uint64_t frame) noexcept;
    void apply_midi(const midi::Event &event, std::uint64_t frame) noexcept;
    void adopt_live_values(const Strip &strip) noexcept;
    void adopt_midi_table(MidiTable *next) noexcept;
    void process_chunk(const ProcessBuffers &buffers, std::uint32_t offset, int frames,
                       std::uint64_t now) noexcept;

    Returns &returns_;
    std::vector<InForce> in_force_;
    Outlets outlets_;
    ParameterFeed feed_;
    std::atomic<std::uint64_t> frame_{0}; ///< next frame of the stream

    const int channels_;
    AudioBuffer work_;
    Sidechains sidechains_;
    InsertLoops inserts_;
    StripRack strips_;
    std::vector<std::unique_ptr<Bus>> buses_;
    MidiTable *midi_; ///< owned
    LiveValues live_;
    bool is_crowded_ = false; ///< some bus may have no room for the changes of another frame
};

} // namespace headroom::engine
