// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/stage.hpp"

#include <memory>

namespace headroom::engine {

/// Gives a stage without latency a switch: off, the signal passes untouched and the stage rests;
/// in between they cross-fade. A stage that is switched on again starts from its reset state.
/// Not real-time safe; the result is.
std::unique_ptr<Stage> switched(std::unique_ptr<Stage> stage, ParameterId on,
                                const StageSetup &setup);

} // namespace headroom::engine
