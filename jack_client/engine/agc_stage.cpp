// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/agc.hpp"
#include "jack_client/engine/stages.hpp"
#include "jack_client/engine/switched_stage.hpp"

namespace headroom::engine {

namespace {

class AgcStage final : public Stage {
  public:
    explicit AgcStage(const StageSetup &setup) : agc_(setup.sample_rate_hz) {}

    void set(const ParameterValues &values) noexcept override {
        agc_.set({.target_lufs = values[parameter_id("agc/target")],
                  .max_boost_db = values[parameter_id("agc/max_boost")],
                  .max_cut_db = values[parameter_id("agc/max_cut")],
                  .attack_db_per_s = values[parameter_id("agc/attack")],
                  .release_db_per_s = values[parameter_id("agc/release")],
                  .gate_lufs = values[parameter_id("agc/gate")],
                  .max_event_lu = values[parameter_id("agc/max_event")]});
    }
    void step(const StageContext &context) noexcept override {
        agc_.step(context.input, context.levelling_db);
    }
    void process(dsp::AudioBlock block) noexcept override { agc_.process(block); }
    /// The gain of silence may move without being looked at.
    bool is_at_rest() const noexcept override { return true; }
    void skip(int, const StageContext &context) noexcept override { step(context); }
    void reset() noexcept override { agc_.reset(); }
    void adopt(Stage &previous) noexcept override {
        agc_ = static_cast<const AgcStage &>(previous).agc_;
    }
    void take_meters(MeterValues &meters) noexcept override {
        meters[meter_id("agc/gain").index] = agc_.gain_db();
    }

  private:
    dsp::Agc agc_;
};

} // namespace

std::unique_ptr<Stage> make_agc_stage(const StageSetup &setup) {
    return switched(std::make_unique<AgcStage>(setup), parameter_id("agc/on"), setup);
}

} // namespace headroom::engine
