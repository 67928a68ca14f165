// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/registry.hpp"
#include "jack_client/dsp/audio_block.hpp"
#include "jack_client/dsp/loudness_meter.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace headroom::engine {

/// Values of all meters of one bus.
using MeterValues = std::array<float, kMeterCount>;
/// Values of all meters of one strip.
using StripMeterValues = std::array<float, kStripMeterCount>;

/// What a stage may know about the bus it works in, at the current grid step.
struct StageContext {
    const dsp::LoudnessMeter &input; ///< at the input of the chain
    float levelling_db = 0.0f;       ///< of all stages of the chain, as Stage::levelling_db()
};

/// What a stage is built for.
struct StageSetup {
    double sample_rate_hz = 48000.0;
    const ChannelLayout &channels;
    const ParameterValues &values; ///< at the time of building; structural ones hold for life
    int sidechain_channels = 0;    ///< of the external sidechain; 0 where there is none
    int insert_delay_frames = 0;   ///< from the insert's send to its return; 0 where there is none
};

/// The ports through which a signal leaves the chain and comes back, for the frames of one block.
struct InsertLoop {
    dsp::AudioBlock send;      ///< to be written; without channels where there are no ports
    dsp::AudioBlock from_loop; ///< what has come back; only where the loop is complete
    bool complete = false;     ///< something is connected from the send to the return
};

/// One member of a chain. Owned by the process thread once it is handed over; every member function
/// is real-time safe.
class Stage {
  public:
    virtual ~Stage() = default;

    virtual int latency_frames() const noexcept { return 0; }

    /// New values, at any frame. They hold for the audio that follows; smoothed ones arrive here in
    /// grid steps.
    virtual void set(const ParameterValues &values) noexcept = 0;

    /// At every grid boundary, before the audio that follows it.
    virtual void step(const StageContext &) noexcept {}

    /// What the external sidechain carries in the frames that process() gets next; before each such
    /// call, where the stage was built with a sidechain.
    virtual void listen(dsp::AudioBlock /*sidechain*/) noexcept {}

    /// The ports of the insert for the frames that process() gets next; before each such call.
    virtual void patch(const InsertLoop & /*loop*/) noexcept {}

    /// In place; a block never crosses a grid boundary.
    virtual void process(dsp::AudioBlock block) noexcept = 0;

    /// Once silence has gone through for a second: it gives silence, and changes nothing but the
    /// time, until a value or what the stage is connected to changes. Asked on the grid. Then
    /// skip() may stand for process() with silence.
    virtual bool is_at_rest() const noexcept { return false; }
    /// `context` is that of the last grid boundary in these frames.
    virtual void skip(int /*frames*/, const StageContext & /*context*/) noexcept {}

    /// The gain that depends on the level of the programme and comes on top of the AGC's now, in
    /// dB.
    virtual float levelling_db() const noexcept { return 0.0f; }

    /// Forgets the audio and what was learnt from it, keeps the values. Before a stage that was off
    /// runs again.
    virtual void reset() noexcept {}

    /// Takes over what `previous` has learnt: a stage of the same type that this one is about to
    /// replace, and that still runs until the cross-fade is over.
    virtual void adopt(Stage & /*previous*/) noexcept {}

    /// Writes the stage's own meters and starts their next interval. Extremes are merged with what
    /// `meters` holds already.
    virtual void take_meters(MeterValues &meters) noexcept = 0;

    /// Starts counts and maxima that run "since reset" anew.
    virtual void reset_meters() noexcept {}
};

/// A stage by the name under which its parameters stand in the registry. Adding one is a file that
/// defines its make function, and its name in HEADROOM_MOVABLE_STAGES.
struct StageType {
    std::string_view name;
    std::unique_ptr<Stage> (*make)(const StageSetup &setup);
};

/// All stages: those of kMovableStages, then the limiter.
std::span<const StageType> stage_types();

} // namespace headroom::engine
