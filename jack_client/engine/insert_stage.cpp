// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/cross_fade.hpp"
#include "jack_client/engine/delay_line.hpp"
#include "jack_client/engine/loudness_change.hpp"
#include "jack_client/engine/stages.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace headroom::engine {

namespace {

/// Sends the signal out and takes in its place what comes back. The signal itself goes through a
/// delay as long as the way outside, so that both are in step and either can stand for the other.
///
/// What comes back counts once the loop has been complete for twice its delay, and fades in.
/// Where the loop breaks, what comes back ends without notice: the delayed signal takes over at
/// once, and the step between the two is faded out.
class InsertStage final : public Stage {
  public:
    explicit InsertStage(const StageSetup &setup)
        : delay_frames_(setup.insert_delay_frames),
          line_(delay_frames_, static_cast<int>(setup.channels.size())),
          fade_(setup.sample_rate_hz),
          recovery_(setup.sample_rate_hz, true),
          fill_frames_(2 * delay_frames_ +
                       static_cast<std::int64_t>(kCrossFade_ms * 1e-3 * setup.sample_rate_hz)),
          channels_(setup.channels.size()) {
        if (delay_frames_ > 0)
            change_.emplace(setup);
    }

    int latency_frames() const noexcept override { return delay_frames_; }

    void set(const ParameterValues &values) noexcept override {
        on_ = values[parameter_id("insert/on")] != 0.0f;
    }

    void step(const StageContext &) noexcept override {
        if (on_ && whole_frames_ >= fill_frames_)
            fade_.toward_second();
        else
            fade_.toward_first();
    }

    void patch(const InsertLoop &loop) noexcept override { loop_ = loop; }

    void process(dsp::AudioBlock block) noexcept override {
        if (loop_.send.channel_count > 0)
            copy(block, loop_.send);
        if (delay_frames_ == 0)
            return;
        line_.push(block);
        line_.read(block);
        if (loop_.complete)
            whole_frames_ += block.frames;
        else
            break_loop();
        remember_dry(block);
        const bool took = std::exchange(takes_, !fade_.only_first());
        if (takes_ && !took)
            change_->reset();
        if (takes_)
            take_loop(block);
        if (!recovery_.only_second())
            recover(block);
        for (std::size_t c = 0; c < channels_.size(); ++c)
            channels_[c].last = block.channels[c][block.frames - 1];
    }

    bool is_at_rest() const noexcept override {
        return delay_frames_ == 0 && loop_.send.channel_count == 0;
    }

    void adopt(Stage &previous) noexcept override {
        const auto &other = static_cast<const InsertStage &>(previous);
        if (delay_frames_ == 0 || other.delay_frames_ == 0)
            return;
        on_ = other.on_;
        whole_frames_ = other.whole_frames_;
        fade_ = other.fade_;
        recovery_ = other.recovery_;
        for (std::size_t c = 0; c < channels_.size(); ++c)
            channels_[c] = other.channels_[c];
    }

    void take_meters(MeterValues &meters) noexcept override {
        if (takes_)
            meters[meter_id("insert/loudness_change").index] = change_->newest_lu();
    }

  private:
    struct Channel {
        float last = 0.0f;     ///< of the output
        float last_dry = 0.0f; ///< of the delayed signal
        float step = 0.0f;     ///< that is faded out
    };

    void break_loop() noexcept {
        whole_frames_ = 0;
        if (fade_.only_first())
            return;
        for (Channel &channel : channels_)
            channel.step = channel.last - channel.last_dry;
        fade_.restart();
        recovery_.restart();
        recovery_.toward_second();
    }

    void remember_dry(dsp::AudioBlock dry) noexcept {
        for (std::size_t c = 0; c < channels_.size(); ++c)
            channels_[c].last_dry = dry.channels[c][dry.frames - 1];
    }

    void take_loop(dsp::AudioBlock block) noexcept {
        FadeGains gains;
        fade_.advance({gains.data(), static_cast<std::size_t>(block.frames)});
        change_->before(block);
        mix(block, loop_.from_loop, gains);
        change_->after(block);
    }

    void recover(dsp::AudioBlock block) noexcept {
        FadeGains gains;
        recovery_.advance({gains.data(), static_cast<std::size_t>(block.frames)});
        for (std::size_t c = 0; c < channels_.size(); ++c)
            for (int i = 0; i < block.frames; ++i)
                block.channels[c][i] +=
                    channels_[c].step * (1.0f - gains[static_cast<std::size_t>(i)]);
    }

    int delay_frames_;
    DelayLine line_;
    CrossFade fade_;     ///< from the delayed signal to what comes back
    CrossFade recovery_; ///< from the step to nothing
    std::int64_t fill_frames_;
    std::int64_t whole_frames_ = 0; ///< for which the loop has been complete
    bool on_ = false;
    std::optional<LoudnessChange> change_; ///< by what comes back
    bool takes_ = false;                   ///< what comes back was heard in the last block
    InsertLoop loop_{};                    ///< for the next block
    std::vector<Channel> channels_;
};

} // namespace

std::unique_ptr<Stage> make_insert_stage(const StageSetup &setup) {
    return std::make_unique<InsertStage>(setup);
}

} // namespace headroom::engine
