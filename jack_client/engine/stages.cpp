// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/stages.hpp"

#include <array>

namespace headroom::engine {

std::span<const StageType> stage_types() {
#define HEADROOM_STAGE_TYPE(name) StageType{#name, make_##name##_stage},
    static constexpr std::array kTypes{HEADROOM_MOVABLE_STAGES(HEADROOM_STAGE_TYPE)
                                           HEADROOM_STAGE_TYPE(limiter)};
#undef HEADROOM_STAGE_TYPE
    return kTypes;
}

} // namespace headroom::engine
