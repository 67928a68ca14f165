// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/replaceable.hpp"
#include "jack_client/engine/structure.hpp"

#include <array>
#include <memory>

namespace headroom::engine {

/// The parts that a chain begins with.
struct ChainParts {
    std::unique_ptr<MovablePart> movable;
    std::unique_ptr<LimiterPart> limiter;
};

/// The stages of a bus, and the unprocessed signal with the same delay. Belongs to the process
/// thread: everything but construction is real-time safe, and nothing is ever deleted here.
///
/// There are two parts, each of which is replaced on its own: the movable stages, whose successors
/// cross-fade ahead of the limiter, which so holds the ceiling; and the limiter.
class Chain {
  public:
    /// What parts leave goes to `returns`.
    Chain(ChainParts parts, int channels, double sample_rate_hz, Returns &returns);

    void set(const ParameterValues &values) noexcept;

    /// At every grid boundary. `input` measures the input of the chain.
    void step(const ParameterValues &values, const dsp::LoudnessMeter &input) noexcept;

    /// Calls back with the places in Sidechains that compressors hear now or may begin to hear.
    template <class Function> void for_each_sidechain(Function function) const noexcept {
        const std::array<const MovablePart *, 3> parts{&movable_.current(), movable_.incoming(),
                                                       movable_.waiting()};
        for (const MovablePart *part : parts)
            if (part != nullptr && part->sidechain != kOwnInput)
                function(part->sidechain);
    }

    /// In place; a block never crosses a grid boundary. It begins `offset` frames into what the
    /// sidechains hold.
    void process(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                 const InsertLoop &insert) noexcept;

    /// As Stage::is_at_rest() and Stage::skip(), of the whole chain.
    bool is_at_rest() const noexcept;
    void skip(int frames, const dsp::LoudnessMeter &input) noexcept;

    /// The signal as it was before the block that process() had last, delayed as the chain delays;
    /// or what comes so many frames later, at most the latency of the limiter.
    void read_dry(dsp::AudioBlock dry, int later_frames = 0) noexcept;

    void take_meters(MeterValues &meters) noexcept;
    void reset_meters() noexcept;

    /// Takes the new part in from the next grid boundary on, or once a replacement under way is
    /// complete.
    void replace(MovablePart *next) noexcept { movable_.replace(next); }
    void replace(LimiterPart *next) noexcept { limiter_.replace(next); }

    /// Of the parts in force: those of the newest replacements that are complete.
    int insert_delay_frames() const noexcept { return movable_.current().latency_frames; }
    int latency_frames() const noexcept {
        return movable_.current().latency_frames + limiter_.current().latency_frames;
    }

  private:
    template <class Function> void for_each_stage(Function function) noexcept;
    StageContext context(const dsp::LoudnessMeter &input) const noexcept;
    void process_dry(dsp::AudioBlock block) noexcept;
    void process_movable(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                         const InsertLoop &insert) noexcept;
    void process_limiter(dsp::AudioBlock block) noexcept;

    Replaceable<MovablePart> movable_;
    Replaceable<LimiterPart> limiter_;
    AudioBuffer scratch_;
    AudioBuffer dry_;
    AudioBuffer incoming_send_;
};

} // namespace headroom::engine
