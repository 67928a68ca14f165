// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/audio_file.hpp"
#include "jack_client/app/automation.hpp"
#include "jack_client/app/offline_meter.hpp"
#include "jack_client/engine/engine.hpp"

#include <functional>

namespace headroom::app {

struct RenderSettings {
    std::string bus;
    ParameterValues values;  ///< of the bus
    ParameterValues globals; ///< only parameters of Scope::global count
    std::uint32_t block_frames = 1024;
    StageOrder order = kDefaultStageOrder;
    /// The compressor hears something else than its input, and that is silent here.
    bool has_sidechain = false;
    std::vector<AutomationChange> changes; ///< by frame
};

struct RenderFigures {
    std::uint64_t frames = 0;
    int latency_frames = 0; ///< of the bus; taken out of the output
    ProgrammeFigures input;
    ProgrammeFigures output;
};

/// What the engine measures while it works; frame counts the engine's output, the latency included.
using RenderObserver = std::function<void(const engine::MeterFrame &)>;

/// Runs the engine over a whole file: one bus with the file's channels. The output has the length
/// of the input and is aligned with it, and does not depend on block_frames. Not real-time safe.
Result<RenderFigures> render(AudioReader &input, AudioWriter &output,
                             const RenderSettings &settings, const RenderObserver &observer = {});

} // namespace headroom::app
