// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audition.hpp"
#include "jack_client/engine/chain.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/engine/insert_loops.hpp"
#include "jack_client/engine/parameter_smoother.hpp"
#include "jack_client/engine/signal_meter.hpp"
#include "jack_client/engine/spsc_ring.hpp"
#include "jack_client/engine/steps.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

namespace headroom::engine {

/// How often a bus publishes its meters.
inline constexpr double kMeterRate_hz = 50.0;

/// What is in force in a bus, told by the process thread. Any thread may read it.
struct InForce {
    std::atomic<int> latency_frames{0};
    std::atomic<int> insert_delay_frames{0};
};

/// What the process thread hands out. Meters that find no room are merged with later ones.
struct Outlets {
    SpscRing<MeterFrame> meters;
    Returns &returns;
    std::span<InForce> in_force; ///< by bus
};

/// One bus at work: meters, chain, and what is heard instead of its output. Belongs to the process
/// thread: everything but construction is real-time safe. Changes are scheduled in the order of
/// time, ahead of the frames that process() gets; the bus's blocks end at these frames and at no
/// other bus's.
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
    Bus(const Setup &setup, ChainParts parts, Outlets &outlets);

    int channel_count() const noexcept { return static_cast<int>(segment_.size()); }

    /// Something that changes at a frame from the stream's present one on. There must be room:
    /// while is_crowded(), only the changes of one more frame may come.
    void schedule(const Step &step) noexcept { outlets_.returns.push(steps_.add(step)); }
    bool is_crowded() const noexcept { return steps_.is_crowded(); }

    /// Makes the changes that are due at the frame that comes next.
    void apply_due(std::uint64_t frame) noexcept;

    void reset_meters() noexcept;

    /// In place. `frame` is the stream's frame counter before the first of the frames,
    /// with which what the sidechains and inserts hold begins.
    void process(float *const *channels, int frames, std::uint64_t frame, Sidechains &sidechains,
                 InsertLoops &inserts) noexcept;

    /// All is at rest: silence costs next to nothing.
    bool rests() const noexcept { return rests_; }

    /// As Chain::for_each_sidechain(), with what is scheduled.
    template <class Function> void for_each_sidechain(Function function) const noexcept {
        chain_.for_each_sidechain(function);
        for (const Step &step : steps_.waiting())
            if (step.kind == Step::Kind::movable)
                if (const auto *part = static_cast<const MovablePart *>(step.part);
                    part->sidechain != kOwnInput)
                    function(part->sidechain);
    }

  private:
    void apply(const Step &step) noexcept;
    void set_value(ParameterId id, float value) noexcept;
    void wake() noexcept;
    void catch_up() noexcept;
    bool rests_through(dsp::AudioBlock block, std::uint64_t frame,
                       const InsertLoop &insert) noexcept;
    bool is_at_rest() const noexcept;
    void publish_when_due(std::uint64_t frame) noexcept;
    void begin_segment(std::uint64_t frame) noexcept;
    void process_segment(dsp::AudioBlock block, Sidechains &sidechains, const InsertLoop &insert,
                         int offset) noexcept;
    void publish(std::uint64_t frame) noexcept;
    void publish_structure() noexcept;

    Outlets &outlets_;

    std::uint16_t index_;
    std::uint64_t meter_interval_steps_;
    std::uint64_t meter_phase_steps_;
    Steps steps_;
    ParameterSmoother parameters_;
    SignalMeter input_;
    Chain chain_;
    SignalMeter output_;
    MeterValues chain_meters_{}; ///< of the stages, since they were last published
    bool bypass_all_;
    Audition audition_;
    std::vector<float *> segment_; ///< where the channels of the current segment are

    bool rests_ = false;                ///< silence changes nothing but the time
    bool rested_ = false;               ///< the same, when it was last looked for
    int skipped_frames_ = 0;            ///< of silence while at rest, from the grid on
    std::int64_t silent_frames_ = 0;    ///< while not at rest, since it was last looked for
    std::int64_t rest_interval_frames_; ///< a second
    AudioBuffer silence_;
    Sidechains *sidechains_ = nullptr; ///< that process() had last
};

} // namespace headroom::engine
