// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/stage.hpp"

#include <memory>

namespace headroom::engine {

std::unique_ptr<Stage> make_gate_stage(const StageSetup &setup);
std::unique_ptr<Stage> make_equaliser_stage(const StageSetup &setup);
std::unique_ptr<Stage> make_agc_stage(const StageSetup &setup);
std::unique_ptr<Stage> make_compressor_stage(const StageSetup &setup);
std::unique_ptr<Stage> make_insert_stage(const StageSetup &setup);
std::unique_ptr<Stage> make_limiter_stage(const StageSetup &setup);

} // namespace headroom::engine
