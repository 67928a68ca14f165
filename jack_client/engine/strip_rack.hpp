// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/cross_fade.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/engine/spsc_ring.hpp"
#include "jack_client/engine/steps.hpp"
#include "jack_client/engine/strip.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headroom::engine {

/// The strips of all buses. In one half of it live those at work, in the process thread; in the
/// other, under the engine's mutex, what is known of every application that ever had one. Commands
/// go from here to there, and strips that are done come back through a ring.
class StripRack {
  public:
    explicit StripRack(const std::vector<BusSetup> &setups);
    ~StripRack();
    StripRack(const StripRack &) = delete;
    StripRack &operator=(const StripRack &) = delete;

    // Process thread, real-time safe ------------------------------------------------------------

    /// At once. Takes ownership.
    void open_live(int slot, Strip *strip) noexcept;
    /// At once.
    void close_live(int slot) noexcept;

    /// Sets a value of the strip of that name, where one is at work; at once, or at the step's
    /// frame: as Bus::schedule(), Bus::is_crowded() and Bus::apply_due().
    void set_live(int strip, ParameterId id, float value) noexcept;
    void schedule(std::int16_t strip, Step step) noexcept;
    bool is_crowded() const noexcept { return steps_.is_crowded(); }
    void apply_due(std::uint64_t frame) noexcept;

    /// Adds what all strips hear to the inputs of their buses. inputs: by slot; buses: the channels
    /// of all buses, from the chunk's first frame on, which is the stream's `now`.
    void process(std::span<const float *const *const> inputs, float *const *buses,
                 std::uint32_t offset, int frames, std::uint64_t now) noexcept;

    // Under the engine's mutex ------------------------------------------------------------------

    /// Builds a strip and books a slot for it; nothing where all are taken.
    std::optional<int> open(const StripSetup &setup, double sample_rate_hz);
    /// The strip that open() has built, to be sent away.
    Strip *built(int slot);
    /// False where there is nothing to close.
    bool close(int slot);
    bool has(int slot) const;
    /// Index of the name of what is open in the slot.
    int strip_of(int slot) const { return slots_.at(static_cast<std::size_t>(slot)).strip; }
    /// Other settings by a rule. Returns whether they change the strip's values.
    bool set_level(int slot, std::optional<float> level_dbfs);

    std::optional<int> know(const std::string &name);
    std::vector<std::string> names() const;
    StripValues values(int strip) const;
    bool is_open(int strip) const;
    void set_value(int strip, ParameterId id, float value);
    /// The process thread has it.
    void adopt_value(int strip, ParameterId id, float value);
    /// As Engine::take_back(). Returns the value that holds then.
    float take_back(int strip, ParameterId id);

    /// Deletes what the process thread has handed back.
    void collect();
    /// While there are no callbacks: all strips anew, for another rate.
    void build(double sample_rate_hz);

    // Control thread ----------------------------------------------------------------------------
    bool next_meters(StripMeterFrame &meters) noexcept { return meters_.pop(meters); }

    // Any thread --------------------------------------------------------------------------------
    /// Changes when a name becomes known, and when a rule changes values.
    std::uint64_t revision() const noexcept { return revision_.load(); }

  private:
    struct Known {
        std::string name;
        StripValues values;
        std::optional<int> slot;
        std::vector<ParameterId> written; ///< by people, so that no rule changes them
    };
    struct Slot {
        bool taken = false;
        bool leaving = false;
        StripSetup setup;
        int strip = 0;          ///< index into known_
        Strip *built = nullptr; ///< on its way
    };
    /// A bus as the process thread sees it.
    struct Shared {
        int first_channel = 0;
        int channels = 0;
        CrossFade heard; ///< what comes by no strip
    };
    bool adopt_level(Known &known, std::optional<float> level_dbfs);
    std::unique_ptr<Strip> make(const Slot &slot, double sample_rate_hz) const;
    void steer_solo(int bus) noexcept;
    void process_segment(std::span<const float *const *const> inputs, float *const *buses,
                         std::uint32_t offset, int done, int frames, std::uint64_t now) noexcept;
    void publish(Strip &strip, std::uint64_t frame) noexcept;
    void hand_back() noexcept;

    const std::vector<BusSetup> &setups_;

    // Process thread
    std::array<Strip *, Engine::kMaximumStrips> at_work_{}; ///< owned
    int at_work_count_ = 0;
    Steps steps_{Engine::kMaximumStrips * kStripParameterCount};
    std::vector<Shared> shared_;
    AudioBuffer heard_;
    std::vector<float *> bus_pointers_;
    std::uint64_t meter_interval_steps_ = 1;

    SpscRing<Strip *> done_{Engine::kMaximumStrips};
    SpscRing<StripMeterFrame> meters_;

    // Under the mutex
    std::array<Slot, Engine::kMaximumStrips> slots_;
    std::vector<Known> known_;
    std::atomic<std::uint64_t> revision_{0};
};

} // namespace headroom::engine
