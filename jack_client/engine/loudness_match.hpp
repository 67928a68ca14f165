// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/dsp/audio_block.hpp"
#include "jack_client/dsp/grid_line.hpp"
#include "jack_client/dsp/loudness_meter.hpp"

#include <array>
#include <cstdint>

namespace headroom::engine {

/// Gain that gives a signal the loudness of another: the difference of both over the newest 3 s
/// of programme, each gated as BS.1770 says. Pauses leave it as it is. Real-time safe.
class LoudnessMatch {
  public:
    explicit LoudnessMatch(double sample_rate_hz);

    /// Takes in what the meters have read since the last call, which was not long ago unless all
    /// that came since is silence.
    void follow(const dsp::LoudnessMeter &signal, const dsp::LoudnessMeter &reference) noexcept;

    /// At every grid boundary before process(). glides: the gain moves gently, since somebody
    /// hears it.
    void step(bool glides) noexcept;

    /// In place; a block never crosses a grid boundary.
    void process(dsp::AudioBlock block) noexcept;

    /// The gain stays as it is while there is silence. Between grid periods.
    bool is_at_rest() const noexcept { return gain_db_ == wanted_db_ && line_.start == line_.end; }

    /// Forgets what was measured; the gain stays as it is until something is measured again.
    void forget() noexcept;

  private:
    static constexpr std::size_t kBlocks = 30; ///< of 100 ms

    /// Weighted mean squares.
    struct Block {
        double signal = 0.0;
        double reference = 0.0;
    };

    void add_block(const Block &block) noexcept;
    double gated_power(double Block::*of) const noexcept;

    double silence_; ///< power at which there is no programme
    float share_;    ///< of the distance to the wanted gain that is covered in a grid period
    std::array<Block, kBlocks> blocks_{};
    std::uint64_t block_count_ = 0;
    Block sum_{};               ///< of the readings of the block that runs
    std::uint64_t updates_ = 0; ///< of the reference that have been followed
    float wanted_db_ = 0.0f;
    float eased_db_ = 0.0f; ///< on its way to the wanted gain
    float gain_db_ = 0.0f;  ///< on its way there
    dsp::GridLine line_{1.0f, 1.0f};
    int position_ = 0; ///< in the grid period
};

} // namespace headroom::engine
