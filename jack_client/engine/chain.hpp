// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/cross_fade.hpp"
#include "jack_client/engine/structure.hpp"

#include <memory>

namespace headroom::engine {

/// The stages of a bus, and the unprocessed signal with the same delay. Belongs to the process
/// thread: everything but construction is real-time safe, and nothing is ever deleted here.
///
/// A replaced limiter and its successor run side by side. The successor's input fades in, so that
/// it hears no step; when that has gone through its delay, the outputs cross-fade. Where the order
/// of the movable stages or what the compressor hears changes, new ones run side by side with the
/// old for as long, with the state of the old to begin with, and cross-fade ahead of the limiter,
/// which so holds the ceiling; so they do where the delay of the insert changes, each with its own
/// dry copy. All of this begins and ends on the grid.
class Chain {
  public:
    Chain(std::unique_ptr<Structure> structure, int channels, double sample_rate_hz);
    ~Chain();
    Chain(const Chain &) = delete;
    Chain &operator=(const Chain &) = delete;

    void set(const ParameterValues &values) noexcept;

    /// At every grid boundary.
    void step(const ParameterValues &values, const StageContext &context) noexcept;

    /// The places in Sidechains, or kOwnInput, that the compressors hear now or may begin to hear.
    std::array<int, 3> sidechains() const noexcept;

    /// In place; a block never crosses a grid boundary. It begins `offset` frames into what the
    /// sidechains hold.
    void process(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                 const InsertLoop &insert) noexcept;

    /// As Stage::is_at_rest() and Stage::skip(), of the whole chain.
    bool is_at_rest() const noexcept;
    void skip(int frames) noexcept;

    /// The signal as it was before the block that process() had last, delayed as the chain delays.
    void read_dry(dsp::AudioBlock dry) noexcept;

    void take_meters(MeterValues &meters) noexcept;
    void reset_meters() noexcept;

    /// Takes the new parts in from the next grid boundary on, or once a replacement under way is
    /// complete. Of several that wait the newest wins; the one it displaces is returned.
    [[nodiscard]] Structure *replace(Structure *next) noexcept;

    /// Parts that are no longer in use, or null. Must be asked for after every step().
    [[nodiscard]] Structure *take_retired() noexcept;

  private:
    template <class Function> void for_each_stage(Function function) noexcept;
    void begin_replacement(const ParameterValues &values) noexcept;
    void end_replacement() noexcept;
    void process_movable(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                         const InsertLoop &insert) noexcept;
    void process_limiter(dsp::AudioBlock block) noexcept;

    std::unique_ptr<Structure> current_; ///< complete
    Structure *incoming_ = nullptr;      ///< owned; runs beside the current parts
    Structure *waiting_ = nullptr;       ///< owned; follows when the replacement is complete
    Structure *retired_ = nullptr;       ///< owned; to be handed back
    bool renews_movable_ = false;        ///< which parts of the incoming ones are used
    bool renews_limiter_ = false;
    bool renews_dry_ = false;
    CrossFade entry_;        ///< from silence to the input of the incoming limiter
    int filling_frames_ = 0; ///< left until the delay holds nothing older than that
    CrossFade fade_;         ///< from the current to the incoming parts' output
    FadeGains entry_gains_{};
    FadeGains gains_{};
    AudioBuffer scratch_;
    AudioBuffer incoming_send_;
};

} // namespace headroom::engine
