// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/gate.hpp"
#include "jack_client/engine/stages.hpp"
#include "jack_client/engine/switched_stage.hpp"

#include <algorithm>

namespace headroom::engine {

namespace {

class GateStage final : public Stage {
  public:
    explicit GateStage(const StageSetup &setup)
        : gate_(setup.sample_rate_hz, static_cast<int>(setup.channels.size())) {}

    void set(const ParameterValues &values) noexcept override {
        gate_.set({.threshold_dbfs = values[parameter_id("gate/threshold")],
                   .ratio = values[parameter_id("gate/ratio")],
                   .range_db = values[parameter_id("gate/range")],
                   .attack_ms = values[parameter_id("gate/attack")],
                   .hold_ms = values[parameter_id("gate/hold")],
                   .release_ms = values[parameter_id("gate/release")],
                   .hysteresis_db = values[parameter_id("gate/hysteresis")],
                   .sidechain_highpass_hz = values[parameter_id("gate/sidechain_highpass")]});
    }
    void process(dsp::AudioBlock block) noexcept override { gate_.process(block); }
    bool is_at_rest() const noexcept override { return gate_.is_at_rest(); }
    void reset() noexcept override { gate_.reset(); }
    void adopt(Stage &previous) noexcept override {
        gate_.adopt(static_cast<const GateStage &>(previous).gate_);
    }
    void take_meters(MeterValues &meters) noexcept override {
        float &gain_reduction = meters[meter_id("gate/gain_reduction").index];
        gain_reduction = std::min(gain_reduction, gate_.take_gain_reduction_db());
    }

  private:
    dsp::Gate gate_;
};

} // namespace

std::unique_ptr<Stage> make_gate_stage(const StageSetup &setup) {
    return switched(std::make_unique<GateStage>(setup), parameter_id("gate/on"), setup);
}

} // namespace headroom::engine
