// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/registry.hpp"
#include "config/stage_order.hpp"
#include "jack_client/engine/stage.hpp"
#include "jack_client/engine/stream_time.hpp"
#include "jack_client/midi/control_table.hpp"
#include "jack_client/midi/event.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace headroom::engine {

/// The compressor of a bus hears what the compressor gets.
inline constexpr int kOwnInput = -1;
/// The compressor of a bus hears what comes in at the sidechain ports of the bus.
inline constexpr int kOwnPorts = -2;

/// Longest way through the outside that an insert can make up for.
inline constexpr int kMaximumInsertDelay_frames = 1 << 18;

/// What a bus is made of when the engine is built.
struct BusSetup {
    std::string name;
    ChannelLayout channels;
    ParameterValues values;
    StageOrder order = kDefaultStageOrder;
    /// Index of the bus whose input its compressor hears, or kOwnInput or kOwnPorts.
    int sidechain = kOwnInput;
};

/// The way of one application into a bus.
struct StripSetup {
    std::string name; ///< of the application, whose settings are kept under it
    int bus = 0;
    ChannelLayout channels; ///< of the application; those that the bus lacks are mixed down
    /// RMS level that its rule has its rider bring it down to; without one the rider is off. Values
    /// that people have written to the strip stay as they are.
    std::optional<float> level_dbfs = {};
};

/// One parameter of one bus or strip, or a global one.
struct ParameterChange {
    static constexpr std::int16_t kGlobal = -1;
    static constexpr std::int16_t kNoStrip = -1;
    std::int16_t bus = 0; ///< index into the setup, or kGlobal; does not matter for a strip
    ParameterId parameter;
    float value = 0.0f;            ///< natural units, inside the parameter's bounds
    std::int16_t strip = kNoStrip; ///< index into strip_names()
};

/// Meters of one bus for the interval that ends at `frame`.
struct MeterFrame {
    std::uint64_t frame = 0;
    std::uint16_t bus = 0;
    MeterValues values{};
};

/// Meters of one strip for the interval that ends at `frame`.
struct StripMeterFrame {
    std::uint64_t frame = 0;
    std::uint16_t strip = 0; ///< index into strip_names()
    StripMeterValues values{};
};

/// Buffers of the ports that a bus has beside its inputs and outputs, one for each of its channels;
/// null where there are none.
struct BusPatch {
    const float *const *sidechain = nullptr; ///< null: silence
    float *const *send = nullptr;            ///< of the insert
    /// Of the insert: only while the loop is complete, from the send through the outside to here.
    const float *const *insert_return = nullptr;
};

/// How long the process callback takes.
struct CallbackTiming {
    std::uint64_t callbacks = 0;
    double mean_us = 0.0;
    double max_us = 0.0;
    std::uint64_t spikes = 0;      ///< callbacks that took more than half a period
    std::uint64_t spike_frame = 0; ///< stream frame of the last spike
};

/// Hosts every bus: meters, chain, bypass. Lives in two worlds: process() belongs to the process
/// thread; everything else says which thread may call it. Output is bit-identical for every way of
/// cutting the stream into calls.
class Engine {
  public:
    static constexpr std::size_t kMaximumBuses = 64;
    static constexpr std::size_t kMaximumStrips = 64;      ///< at once
    static constexpr std::size_t kMaximumStripNames = 256; ///< whose settings are kept

    /// Not real-time safe. globals: only parameters of Scope::global count. Throws
    /// std::invalid_argument for no or too many buses and for a bus without channels or
    /// with a sidechain that is no other bus.
    Engine(std::vector<BusSetup> buses, const ParameterValues &globals, double sample_rate_hz);
    ~Engine();

    // Process thread ----------------------------------------------------------------------------

    /// inputs and outputs: one buffer of `frames` samples for each channel of each bus, in the
    /// order of the setup; an input and an output may be the same buffer. Any number of frames.
    /// patches: one for each bus, or none; their buffers may be the others' too. strips: by slot
    /// the buffers of the strip's channels, null where there are none; or nothing at all. `began`
    /// is when the server began the cycle, where it tells. midi: in the order of their frames; what
    /// they move holds from their frame on.
    void process(const float *const *inputs, float *const *outputs, std::uint32_t frames,
                 std::span<const BusPatch> patches = {},
                 std::span<const float *const *const> strips = {},
                 std::optional<StreamTime::TimePoint> began = {},
                 std::span<const midi::Event> midi = {}) noexcept;

    // Control thread ----------------------------------------------------------------------------

    /// Hands over changes that apply together at one frame of the stream: at `frame`, or at the
    /// next callback if that frame is past (0: at once). Any number of changes. A bus whose values
    /// change at more than Steps::kMostCuts frames of one grid period takes those of the others at
    /// the end of the period. What a structural parameter replaces is built here and cross-faded
    /// there; of replacements that wait for one under way the newest wins.
    void apply(std::span<const ParameterChange> changes, std::uint64_t frame = 0);

    /// Puts the stages of a bus in another order: they are built here and cross-faded there, with
    /// the gains carried over and the ceiling kept. If what is called later for this bus comes
    /// first, it includes this.
    void set_order(int bus, const StageOrder &order, std::uint64_t frame = 0);

    /// Lets the compressor of a bus hear the input of another bus, kOwnInput or kOwnPorts;
    /// otherwise as set_order(). Throws std::invalid_argument if there is no such other bus.
    void set_sidechain(int bus, int source, std::uint64_t frame = 0);

    /// Tells how many frames after its send a bus has what comes back at its return: the latency of
    /// the way through the outside, which the bus takes on. 0: nothing comes back, the insert is
    /// bypassed and adds no latency. Otherwise as set_order(). Throws std::invalid_argument for
    /// less, or more than kMaximumInsertDelay_frames.
    void set_insert_delay(int bus, int delay_frames, std::uint64_t frame = 0);

    /// Says what MIDI moves from now on; the state of controls that both tables have is kept.
    void set_midi(std::unique_ptr<midi::ControlTable> table);

    /// What MIDI has moved since the last call, the newest value of each parameter, in no order of
    /// time. A parameter that apply() has a value on the way for comes when that is there.
    std::vector<ParameterChange> take_moved();
    /// Has take_moved() tell the parameter's value, moved or not.
    void look_again(const ParameterChange &change);

    /// Newest meters, false when there are none left. Read often enough (50 a second and bus), or
    /// intervals are merged: peaks are kept, nothing is lost.
    bool next_meters(MeterFrame &meters) noexcept;

    /// Starts integrated loudness, maxima and counts of a bus anew.
    void reset_meters(int bus);

    /// Deletes what the process thread has handed back. Call at least a few times a second.
    void collect_garbage();

    /// Newest meters of strips, false when there are none left. As next_meters().
    bool next_strip_meters(StripMeterFrame &meters) noexcept;

    // Any thread but the process thread ---------------------------------------------------------

    /// Opens a strip, which fades in with the settings that its name had before. Returns its slot;
    /// nothing where all are taken. Throws std::invalid_argument for a bus that is not there and
    /// for channels that are none or more than dsp::kMaxChannels.
    std::optional<int> add_strip(const StripSetup &setup);
    /// Another StripSetup::level_dbfs for an open strip.
    void set_strip_level(int slot, std::optional<float> level_dbfs);
    /// Takes back what people have written to a parameter of a strip, by its index into
    /// strip_names(): what its rule says holds again, or the default. Returns that value.
    float take_back(int strip, ParameterId parameter);
    /// The strip fades out. Its slot must get no buffers once has_strip() is false, and may get
    /// silence before.
    void remove_strip(int slot);
    /// Until it has faded out.
    bool has_strip(int slot);

    /// Of all that had a strip, in the order in which they came. Grows, never shrinks.
    std::vector<std::string> strip_names() const;
    /// Makes a name known, with default settings, where there is room for one more. Returns its
    /// index.
    std::optional<int> know_strip(const std::string &name);
    StripValues strip_values(int strip) const;
    /// The strip is open.
    bool is_open(int strip) const;

    // Any thread --------------------------------------------------------------------------------

    /// Changes when strip_names() grows, and when a rule changes strip_values().
    std::uint64_t strip_revision() const noexcept;
    int bus_count() const noexcept;
    int channel_count() const noexcept;            ///< over all buses
    const BusSetup &bus(int index) const noexcept; ///< name and channels; the rest as first given

    /// What is in force in the process thread: a structural change counts once its cross-fade is
    /// complete. Else constant.
    int latency_frames(int bus) const noexcept;
    int insert_delay_frames(int bus) const noexcept; ///< the insert's share of the latency
    /// A structural change is on its way or cross-fading.
    bool is_restructuring();
    double sample_rate_hz() const noexcept;
    std::uint64_t frames_processed() const noexcept;
    /// Nothing before the first callback.
    std::optional<StreamTime> stream_time() const noexcept;
    CallbackTiming timing() const noexcept;
    void reset_timing() noexcept; ///< while process() is not being called

    // While process() is not being called -------------------------------------------------------

    /// Rebuilds every chain for another rate, with all settings kept and all audio forgotten.
    /// Changes that still wait for their frame hold at once, in the order of their frames. The
    /// frame counter goes on, from the next multiple of the grid. May run beside the control
    /// thread's calls.
    void prepare(double sample_rate_hz);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::engine
