// SPDX-License-Identifier: GPL-3.0-or-later
// A stage as somebody may add one: it turns the signal over.
#include "jack_client/engine/stages.hpp"
#include "jack_client/engine/switched_stage.hpp"

namespace headroom::engine {

namespace {

class PolarityStage final : public Stage {
  public:
    void set(const ParameterValues &) noexcept override {}
    void process(dsp::AudioBlock block) noexcept override {
        for (int c = 0; c < block.channel_count; ++c)
            for (int i = 0; i < block.frames; ++i)
                block.channels[c][i] = -block.channels[c][i];
    }
    void take_meters(MeterValues &) noexcept override {}
};

} // namespace

std::unique_ptr<Stage> make_polarity_stage(const StageSetup &setup) {
    return switched(std::make_unique<PolarityStage>(), parameter_id("polarity/on"), setup);
}

} // namespace headroom::engine
