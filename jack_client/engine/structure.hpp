// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/stage_order.hpp"
#include "jack_client/engine/delay_line.hpp"
#include "jack_client/engine/retired.hpp"
#include "jack_client/engine/sidechains.hpp"
#include "jack_client/engine/stage.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace headroom::engine {

/// A part of a chain that a structural change replaces as a whole. Built and deleted by the control
/// side; in between it belongs to the process thread. Each part has a delay line of its own for the
/// unprocessed signal, so that the parts of a chain change independently of each other.
struct StructurePart : Retired {
    /// count: how many parts the chain has that are not deleted yet; must outlive the part.
    explicit StructurePart(std::atomic<int> &count) : count_(count) { ++count_; }
    ~StructurePart() override { --count_; }

    int latency_frames = 0;
    std::uint64_t serial = 0;       ///< a part never takes the place of one with a higher serial
    std::unique_ptr<DelayLine> dry; ///< as long as the part delays

  private:
    std::atomic<int> &count_;
};

/// The movable stages, in an order.
struct MovablePart final : StructurePart {
    using StructurePart::StructurePart;
    bool is_as(const MovablePart &other) const noexcept {
        return order == other.order && sidechain == other.sidechain &&
               latency_frames == other.latency_frames;
    }

    std::array<std::unique_ptr<Stage>, kMovableStages.size()> stages; ///< as in kMovableStages
    StageOrder order = kDefaultStageOrder; ///< in which the signal goes through them
    int sidechain = kOwnInput;             ///< place that the compressor was built to hear
};

/// The limiter.
struct LimiterPart final : StructurePart {
    using StructurePart::StructurePart;
    bool is_as(const LimiterPart &other) const noexcept { return mode == other.mode; }

    std::unique_ptr<Stage> stage;
    float mode = 0.0f; ///< the structural parameter that it was built for
    double sample_rate_hz = 0.0;
};

/// Not real-time safe. sidechain: place in Sidechains with setup.sidechain_channels channels, or
/// kOwnInput. count: see StructurePart.
std::unique_ptr<MovablePart> build_movable(const StageSetup &setup, const StageOrder &order,
                                           int sidechain, std::atomic<int> &count);
/// Not real-time safe.
std::unique_ptr<LimiterPart> build_limiter(const StageSetup &setup, std::atomic<int> &count);

} // namespace headroom::engine
