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
              "a chain compares nothing else to find out which stages a structural change renews");

} // namespace

std::unique_ptr<Structure> build_structure(const StageSetup &setup, const StageOrder &order,
                                           int sidechain) {
    auto out = std::make_unique<Structure>();
    for (std::size_t i = 0; i < kMovableStages.size(); ++i) {
        out->movable[i] = stage_types()[i].make(setup);
        assert(stage_types()[i].name == kMovableStages[i]);
        out->latency_frames += out->movable[i]->latency_frames();
    }
    out->order = order;
    out->sidechain = sidechain;
    out->insert_delay_frames = setup.insert_delay_frames;
    out->limiter = stage_types().back().make(setup);
    out->limiter_mode = setup.values[parameter_id("limiter/mode")];
    out->latency_frames += out->limiter->latency_frames();
    out->dry =
        std::make_unique<DelayLine>(out->latency_frames, static_cast<int>(setup.channels.size()));
    return out;
}

} // namespace headroom::engine
