// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/delay_line.hpp"
#include "jack_client/engine/stage.hpp"

#include <memory>
#include <vector>

namespace headroom::engine {

/// The parts of a chain that a structural change renews. Built and deleted by the control thread;
/// in between, the process thread puts its parts in and the old ones back.
struct Structure {
    std::vector<std::unique_ptr<Stage>> stages; ///< by position in the chain; empty: stays as it is
    std::unique_ptr<DelayLine> dry;             ///< delays as much as the whole chain
    int latency_frames = 0;                     ///< of the whole chain
};

/// Every stage of a chain. Not real-time safe.
std::unique_ptr<Structure> build_structure(const StageSetup &setup);

/// Only those stages that have structural parameters. Not real-time safe.
std::unique_ptr<Structure> build_replacement(const StageSetup &setup);

} // namespace headroom::engine
