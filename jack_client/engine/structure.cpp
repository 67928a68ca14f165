// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/structure.hpp"

#include <algorithm>
#include <string>

namespace headroom::engine {

namespace {

bool has_structural_parameters(const StageType &type) {
    const std::string prefix = std::string(type.name) + "/";
    return std::any_of(parameters().begin(), parameters().end(), [&](const Parameter &p) {
        return p.scope == Scope::bus && p.structural && p.path.starts_with(prefix);
    });
}

} // namespace

std::unique_ptr<Structure> build_structure(const StageSetup &setup) {
    std::vector<std::unique_ptr<Stage>> stages;
    int latency_frames = 0;
    for (const StageType &type : stage_types()) {
        stages.push_back(type.make(setup));
        latency_frames += stages.back()->latency_frames();
    }
    const int channels = static_cast<int>(setup.channels.size());
    return std::make_unique<Structure>(Structure{
        std::move(stages), std::make_unique<DelayLine>(latency_frames, channels), latency_frames});
}

std::unique_ptr<Structure> build_replacement(const StageSetup &setup) {
    auto structure = build_structure(setup);
    for (std::size_t i = 0; i < structure->stages.size(); ++i)
        if (!has_structural_parameters(stage_types()[i]))
            structure->stages[i].reset();
    return structure;
}

} // namespace headroom::engine
