// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/stage_order.hpp"
#include "jack_client/engine/stage.hpp"

#include <memory>

namespace headroom::engine {

// make_gate_stage() and so on, each in a file of its own.
#define HEADROOM_MAKE_STAGE(name)                                                                  \
    std::unique_ptr<Stage> make_##name##_stage(const StageSetup &setup);
HEADROOM_MOVABLE_STAGES(HEADROOM_MAKE_STAGE)
HEADROOM_MAKE_STAGE(limiter)
#undef HEADROOM_MAKE_STAGE

} // namespace headroom::engine
