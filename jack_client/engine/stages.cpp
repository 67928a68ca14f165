// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/stages.hpp"

#include <array>

namespace headroom::engine {

std::span<const StageType> stage_types() {
    static constexpr std::array kTypes{
        StageType{"gate", make_gate_stage},     StageType{"equaliser", make_equaliser_stage},
        StageType{"agc", make_agc_stage},       StageType{"compressor", make_compressor_stage},
        StageType{"insert", make_insert_stage}, StageType{"limiter", make_limiter_stage},
    };
    return kTypes;
}

} // namespace headroom::engine
