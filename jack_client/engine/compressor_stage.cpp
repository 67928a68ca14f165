// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/compressor.hpp"
#include "jack_client/engine/stages.hpp"
#include "jack_client/engine/switched_stage.hpp"

#include <algorithm>

namespace headroom::engine {

namespace {

class CompressorStage final : public Stage {
  public:
    explicit CompressorStage(const StageSetup &setup)
        : compressor_(setup.sample_rate_hz, static_cast<int>(setup.channels.size()),
                      setup.sidechain_channels),
          listens_(setup.sidechain_channels > 0) {}

    void set(const ParameterValues &values) noexcept override {
        using Detector = dsp::Compressor::Detector;
        compressor_.set(
            {.threshold_dbfs = values[parameter_id("compressor/threshold")],
             .ratio = values[parameter_id("compressor/ratio")],
             .knee_db = values[parameter_id("compressor/knee")],
             .attack_ms = values[parameter_id("compressor/attack")],
             .release_ms = values[parameter_id("compressor/release")],
             .makeup_db = values[parameter_id("compressor/makeup")],
             .auto_makeup = values[parameter_id("compressor/auto_makeup")] != 0.0f,
             .detector = values[parameter_id("compressor/detector")] != 0.0f ? Detector::rms
                                                                             : Detector::peak,
             .sidechain_highpass_hz = values[parameter_id("compressor/sidechain_highpass")],
             .stereo_link_percent = values[parameter_id("compressor/stereo_link")],
             .mix_percent = values[parameter_id("compressor/mix")]});
    }
    void listen(dsp::AudioBlock sidechain) noexcept override { sidechain_ = sidechain; }
    void process(dsp::AudioBlock block) noexcept override {
        if (listens_)
            compressor_.process(block, sidechain_);
        else
            compressor_.process(block);
    }
    bool is_at_rest() const noexcept override { return !listens_ && compressor_.is_at_rest(); }
    /// Ducking by another signal is no levelling: nothing may make up for it.
    float levelling_db() const noexcept override { return listens_ ? 0.0f : compressor_.gain_db(); }
    void reset() noexcept override { compressor_.reset(); }
    void adopt(Stage &previous) noexcept override {
        compressor_.adopt(static_cast<const CompressorStage &>(previous).compressor_);
    }
    void take_meters(MeterValues &meters) noexcept override {
        float &gain_reduction = meters[meter_id("compressor/gain_reduction").index];
        gain_reduction = std::min(gain_reduction, compressor_.take_gain_reduction_db());
    }

  private:
    dsp::Compressor compressor_;
    bool listens_;
    dsp::AudioBlock sidechain_{}; ///< for the next block
};

} // namespace

std::unique_ptr<Stage> make_compressor_stage(const StageSetup &setup) {
    return switched(std::make_unique<CompressorStage>(setup), parameter_id("compressor/on"), setup);
}

} // namespace headroom::engine
