// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/loudness_match.hpp"

#include "jack_client/dsp/loudness_histogram.hpp"
#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::engine {

namespace {

constexpr int kUpdatesPerBlock = 10;
constexpr double kGlide_s = 0.05; ///< of each of two, so that the gain starts without a corner
constexpr float kArrived_db = 0.001f;
constexpr float kMost_db = 60.0f;
constexpr double kGate = 0.1; ///< 10 LU under the mean

} // namespace

LoudnessMatch::LoudnessMatch(double sample_rate_hz)
    : silence_(dsp::lufs_to_power(dsp::kAbsoluteGate_lufs)),
      share_(static_cast<float>(dsp::step_share(kGlide_s * sample_rate_hz / dsp::kGridFrames))) {}

void LoudnessMatch::follow(const dsp::LoudnessMeter &signal,
                           const dsp::LoudnessMeter &reference) noexcept {
    if (updates_ == reference.updates())
        return;
    updates_ = reference.updates();
    sum_.signal += signal.newest_power();
    sum_.reference += reference.newest_power();
    if (updates_ % kUpdatesPerBlock != 0)
        return;
    add_block({sum_.signal / kUpdatesPerBlock, sum_.reference / kUpdatesPerBlock});
    sum_ = {};
}

void LoudnessMatch::step(bool glides) noexcept {
    const bool arrived = std::fabs(wanted_db_ - gain_db_) < kArrived_db &&
                         std::fabs(wanted_db_ - eased_db_) < kArrived_db;
    if (glides && !arrived) {
        eased_db_ += share_ * (wanted_db_ - eased_db_);
        gain_db_ += share_ * (eased_db_ - gain_db_);
    } else {
        gain_db_ = eased_db_ = wanted_db_;
    }
    line_.start_period(gain_db_ == 0.0f ? 1.0f : dsp::db_to_lin(gain_db_));
    if (!glides)
        line_.jump();
    position_ = 0;
}

void LoudnessMatch::add_block(const Block &block) noexcept {
    if (block.signal <= silence_ || block.reference <= silence_)
        return;
    blocks_[block_count_++ % kBlocks] = block;
    const double ratio = gated_power(&Block::reference) / gated_power(&Block::signal);
    wanted_db_ =
        std::clamp(dsp::lin_to_db(static_cast<float>(std::sqrt(ratio))), -kMost_db, kMost_db);
}

double LoudnessMatch::gated_power(double Block::*of) const noexcept {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block_count_, kBlocks));
    double all = 0.0;
    for (std::size_t i = 0; i < count; ++i)
        all += blocks_[i].*of;
    const double gate = kGate * all / static_cast<double>(count);
    double gated = 0.0;
    int passed = 0;
    for (std::size_t i = 0; i < count; ++i)
        if (blocks_[i].*of >= gate) {
            gated += blocks_[i].*of;
            ++passed;
        }
    return gated / passed;
}

void LoudnessMatch::process(dsp::AudioBlock block) noexcept {
    for (int c = 0; c < block.channel_count; ++c)
        for (int i = 0; i < block.frames; ++i)
            block.channels[c][i] *= line_.at(position_ + i);
    position_ += block.frames;
}

void LoudnessMatch::forget() noexcept {
    block_count_ = 0;
    sum_ = {};
    updates_ = 0;
}

} // namespace headroom::engine
