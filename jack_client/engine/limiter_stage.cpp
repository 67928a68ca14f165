// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/channels.hpp"
#include "jack_client/dsp/held_loudness.hpp"
#include "jack_client/dsp/limiter.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/engine/stages.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace headroom::engine {

namespace {

/// The AGC brings programme to its target or, if quiet, not far under it.
constexpr float kUnderTarget_lu = 3.0f;
/// Of programme that nothing brings to a loudness.
constexpr float kUsual_lufs = -18.0f;
constexpr float kQuiet_lufs = -36.0f;

class LimiterStage final : public Stage {
  public:
    explicit LimiterStage(const StageSetup &setup)
        : limiter_(static_cast<dsp::LimiterMode>(setup.values[parameter_id("limiter/mode")]),
                   setup.sample_rate_hz, static_cast<int>(setup.channels.size())),
          programme_(std::make_unique<dsp::LoudnessMeter>(
              setup.sample_rate_hz, loudness_weights(setup.channels),
              dsp::LoudnessMeter::Readings::momentary_and_short_term)) {}

    int latency_frames() const noexcept override { return limiter_.latency_frames(); }

    void set(const ParameterValues &values) noexcept override {
        limiter_.set_ceiling_db(values[parameter_id("limiter/ceiling")]);
        limiter_.set_release_ms(values[parameter_id("limiter/release")]);
        limiter_.set_soft_tier(values[parameter_id("limiter/soft")] != 0.0f,
                               values[parameter_id("limiter/max_plr")]);
        const bool levelled = values[parameter_id("agc/on")] != 0.0f;
        usual_lufs_ = levelled ? values[parameter_id("agc/target")] : kUsual_lufs;
        floor_lufs_ = levelled ? usual_lufs_ - kUnderTarget_lu : kQuiet_lufs;
    }
    void step(const StageContext &) noexcept override {
        if (!replaced_)
            held_.follow(*programme_, usual_lufs_, floor_lufs_);
        limiter_.set_programme_loudness(held_.lufs());
    }
    void process(dsp::AudioBlock block) noexcept override {
        if (!replaced_)
            programme_->process(block);
        limiter_.process(block);
    }
    bool is_at_rest() const noexcept override {
        return !replaced_ && limiter_.is_at_rest() && programme_->is_at_rest() &&
               held_.is_at_rest();
    }
    void skip(int frames, const StageContext &context) noexcept override {
        programme_->skip(frames - dsp::kGridFrames);
        step(context);
        programme_->skip(dsp::kGridFrames);
        limiter_.skip(frames);
    }
    void reset() noexcept override {
        programme_->reset();
        held_ = {};
        limiter_.reset();
    }
    void adopt(Stage &previous) noexcept override {
        // The programme goes on: its loudness is known already. Swapped, since nothing may be
        // deleted here.
        auto &other = static_cast<LimiterStage &>(previous);
        programme_.swap(other.programme_);
        held_ = other.held_;
        other.replaced_ = true;
        limiter_.adopt(other.limiter_);
        hard_frames_before_ = other.hard_frames();
    }
    void take_meters(MeterValues &meters) noexcept override {
        float &both = meters[meter_id("limiter/gain_reduction").index];
        both = std::min(both, limiter_.take_gain_reduction_db());
        float &soft = meters[meter_id("limiter/soft_gain_reduction").index];
        soft = std::min(soft, limiter_.take_soft_gain_reduction_db());
        meters[meter_id("limiter/hard_frames").index] = static_cast<float>(hard_frames());
    }
    void reset_meters() noexcept override { hard_frames_before_ -= hard_frames(); }

  private:
    /// Since reset, those of the limiters that this one replaced included.
    std::uint64_t hard_frames() const noexcept {
        return hard_frames_before_ + limiter_.hard_frames();
    }

    dsp::Limiter limiter_;
    std::unique_ptr<dsp::LoudnessMeter> programme_; ///< loudness of what is limited
    dsp::HeldLoudness held_;                        ///< what the soft tier's ceiling follows
    float usual_lufs_ = kUsual_lufs;
    float floor_lufs_ = kQuiet_lufs;
    bool replaced_ = false; ///< has given its meter to its successor
    std::uint64_t hard_frames_before_ = 0;
};

} // namespace

std::unique_ptr<Stage> make_limiter_stage(const StageSetup &setup) {
    return std::make_unique<LimiterStage>(setup);
}

} // namespace headroom::engine
