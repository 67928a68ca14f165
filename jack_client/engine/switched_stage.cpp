// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/switched_stage.hpp"

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/cross_fade.hpp"

#include <cassert>
#include <utility>

namespace headroom::engine {

namespace {

class SwitchedStage final : public Stage {
  public:
    SwitchedStage(std::unique_ptr<Stage> stage, ParameterId on, const StageSetup &setup)
        : stage_(std::move(stage)),
          on_(on),
          wanted_(setup.values[on] != 0.0f),
          fade_(setup.sample_rate_hz, wanted_),
          processed_(static_cast<int>(setup.channels.size())) {
        assert(stage_->latency_frames() == 0);
    }

    void set(const ParameterValues &values) noexcept override {
        wanted_ = values[on_] != 0.0f;
        stage_->set(values);
    }

    void step(const StageContext &context) noexcept override {
        if (wanted_ && fade_.only_first())
            stage_->reset();
        if (wanted_)
            fade_.toward_second();
        else
            fade_.toward_first();
        if (!fade_.only_first())
            stage_->step(context);
    }

    void listen(dsp::AudioBlock sidechain) noexcept override { stage_->listen(sidechain); }

    void process(dsp::AudioBlock block) noexcept override {
        if (fade_.only_first())
            return;
        if (fade_.only_second()) {
            stage_->process(block);
            return;
        }
        const dsp::AudioBlock processed = processed_.first(block.frames);
        copy(block, processed);
        stage_->process(processed);
        FadeGains gains;
        fade_.advance({gains.data(), static_cast<std::size_t>(block.frames)});
        mix(block, processed, gains);
    }

    bool is_at_rest() const noexcept override {
        return wanted_ ? fade_.only_second() && stage_->is_at_rest() : fade_.only_first();
    }
    void skip(int frames, const StageContext &context) noexcept override {
        if (wanted_)
            stage_->skip(frames, context);
    }

    float levelling_db() const noexcept override {
        return fade_.only_first() ? 0.0f : stage_->levelling_db();
    }

    void reset() noexcept override { stage_->reset(); }

    void adopt(Stage &previous) noexcept override {
        auto &other = static_cast<SwitchedStage &>(previous);
        wanted_ = other.wanted_;
        fade_ = other.fade_;
        stage_->adopt(*other.stage_);
    }

    void take_meters(MeterValues &meters) noexcept override {
        if (!fade_.only_first())
            stage_->take_meters(meters);
    }

    void reset_meters() noexcept override { stage_->reset_meters(); }

  private:
    std::unique_ptr<Stage> stage_;
    ParameterId on_;
    bool wanted_;
    CrossFade fade_; ///< from untouched to processed
    AudioBuffer processed_;
};

} // namespace

std::unique_ptr<Stage> switched(std::unique_ptr<Stage> stage, ParameterId on,
                                const StageSetup &setup) {
    return std::make_unique<SwitchedStage>(std::move(stage), on, setup);
}

} // namespace headroom::engine
