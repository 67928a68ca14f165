// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/chain.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/engine/insert_loops.hpp"
#include "jack_client/engine/parameter_smoother.hpp"
#include "jack_client/engine/signal_meter.hpp"
#include "jack_client/engine/spsc_ring.hpp"

#include <cstdint>
#include <memory>

namespace headroom::engine {

/// How often a bus publishes its meters.
inline constexpr double kMeterRate_hz = 50.0;

/// What the process thread hands back. Structures must find room, meters need not.
struct Outlets {
    SpscRing<MeterFrame> meters;
    SpscRing<Structure *> garbage;
};

/// One bus at work: meters, chain, bypass. Belongs to the process thread: everything but
/// construction is real-time safe.
class Bus {
  public:
    struct Setup {
        std::uint16_t index = 0;
        std::uint16_t bus_count = 1; ///< spreads the publishing of meters over time
        double sample_rate_hz = 48000.0;
        const ChannelLayout &channels;
        const ParameterValues &values;
        bool bypass_all = false;
    };
    Bus(const Setup &setup, std::unique_ptr<Structure> structure, Outlets &outlets);

    int channel_count() const noexcept { return dry_.channel_count(); }

    void set_value(ParameterId id, float value) noexcept;
    void set_bypass_all(bool bypass) noexcept;
    void reset_meters() noexcept;

    /// Takes ownership.
    void replace_structure(Structure *next) noexcept;

    /// In place. `frame` is the stream's frame counter before the first of the frames,
    /// with which what the sidechains and inserts hold begins.
    void process(float *const *channels, int frames, std::uint64_t frame, Sidechains &sidechains,
                 InsertLoops &inserts) noexcept;

    /// All is at rest: silence costs next to nothing.
    bool rests() const noexcept { return rests_; }

    /// As Chain::sidechains().
    std::array<int, 3> sidechains() const noexcept { return chain_.sidechains(); }

  private:
    void wake() noexcept;
    void catch_up() noexcept;
    void steer_bypass() noexcept;
    bool rests_through(dsp::AudioBlock block, std::uint64_t frame,
                       const InsertLoop &insert) noexcept;
    bool is_at_rest() const noexcept;
    void publish_when_due(std::uint64_t frame) noexcept;
    void begin_segment(std::uint64_t frame) noexcept;
    void process_segment(dsp::AudioBlock block, Sidechains &sidechains, const InsertLoop &insert,
                         int offset) noexcept;
    void publish(std::uint64_t frame) noexcept;
    void discard(Structure *structure) noexcept;

    Outlets &outlets_;

    std::uint16_t index_;
    std::uint64_t meter_interval_steps_;
    std::uint64_t meter_phase_steps_;
    ParameterSmoother parameters_;
    SignalMeter input_;
    Chain chain_;
    SignalMeter output_;
    MeterValues chain_meters_{}; ///< of the stages, since they were last published
    bool bypass_all_;
    CrossFade bypass_; ///< from processed to dry
    AudioBuffer dry_;
    std::vector<float *> segment_; ///< where the channels of the current segment are

    bool rests_ = false;                ///< silence changes nothing but the time
    bool rested_ = false;               ///< the same, when it was last looked for
    int skipped_frames_ = 0;            ///< of silence while at rest, not told to anything yet
    std::uint64_t silent_steps_ = 0;    ///< whole grid periods of silence since then
    std::uint64_t rest_interval_steps_; ///< of a second
};

} // namespace headroom::engine
