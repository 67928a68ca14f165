// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/structure.hpp"

#include "jack_client/engine/stages.hpp"

#include <algorithm>
#include <cassert>

namespace headroom::engine {

namespace {

consteval bool only_the_limiter_mode_is_structural() {
    return std::all_of(parameters().begin(), parameters().end(), [](const Parameter &p) {
        return !p.structural || p.path == "limiter/mode";
    });
}
static_assert(only_the_limiter_mode_is_structural(),
              "a structural parameter replaces the limiter and nothing else");

std::unique_ptr<DelayLine> dry_line(int latency_frames, const StageSetup &setup) {
    return std::make_unique<DelayLine>(latency_frames, static_cast<int>(setup.channels.size()));
}

} // namespace

std::unique_ptr<MovablePart> build_movable(const StageSetup &setup, const StageOrder &order,
                                           int sidechain, std::atomic<int> &count) {
    auto out = std::make_unique<MovablePart>(count);
    for (std::size_t i = 0; i < kMovableStages.size(); ++i) {
        out->stages[i] = stage_types()[i].make(setup);
        assert(stage_types()[i].name == kMovableStages[i]);
        out->latency_frames += out->stages[i]->latency_frames();
    }
    out->order = order;
    out->sidechain = sidechain;
    out->dry = dry_line(out->latency_frames, setup);
    return out;
}

std::unique_ptr<LimiterPart> build_limiter(const StageSetup &setup, std::atomic<int> &count) {
    auto out = std::make_unique<LimiterPart>(count);
    out->stage = stage_types().back().make(setup);
    out->mode = setup.values[parameter_id("limiter/mode")];
    out->sample_rate_hz = setup.sample_rate_hz;
    out->latency_frames = out->stage->latency_frames();
    out->dry = dry_line(out->latency_frames, setup);
    return out;
}

} // namespace headroom::engine
