// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/stage_order.hpp"
#include "jack_client/engine/delay_line.hpp"
#include "jack_client/engine/sidechains.hpp"
#include "jack_client/engine/stage.hpp"

#include <memory>
#include <vector>

namespace headroom::engine {

/// The parts of a chain that a structural change renews. Built and deleted by the control thread;
/// in between, the process thread puts its parts in and the old ones back.
struct Structure {
    std::array<std::unique_ptr<Stage>, kMovableStages.size()> movable; ///< as in kMovableStages
    StageOrder order = kDefaultStageOrder; ///< in which the signal goes through them
    int sidechain = kOwnInput;             ///< place that the compressor was built to hear
    int insert_delay_frames = 0;           ///< that the insert was built for
    std::unique_ptr<Stage> limiter;
    float limiter_mode = 0.0f;      ///< the structural parameter that it was built for
    std::unique_ptr<DelayLine> dry; ///< delays as much as the whole chain
    int latency_frames = 0;         ///< of the whole chain: the insert's and the limiter's
};

/// Always a whole chain, so that the newest can stand for all that were asked for before it. Not
/// real-time safe.
/// sidechain: place in Sidechains with setup.sidechain_channels channels, or kOwnInput.
std::unique_ptr<Structure> build_structure(const StageSetup &setup, const StageOrder &order,
                                           int sidechain = kOwnInput);

} // namespace headroom::engine
