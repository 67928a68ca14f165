// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/audition.hpp"

#include <algorithm>
#include <span>

namespace headroom::engine {

namespace {

/// Slow: what is compared should sound as it is, only lower.
constexpr float kRelease_ms = 200.0f;

bool bypasses(const ParameterValues &values, bool bypass_all) noexcept {
    return bypass_all || values[parameter_id("bypass")] != 0.0f;
}
bool matches(const ParameterValues &values) noexcept {
    return values[parameter_id("bypass/matched")] != 0.0f;
}
bool takes_difference(const ParameterValues &values) noexcept {
    return values[parameter_id("listen")] != 0.0f;
}
bool limits(const ParameterValues &values, bool bypass_all) noexcept {
    return bypasses(values, bypass_all) ? matches(values) : takes_difference(values);
}

void steer(CrossFade &fade, bool second) noexcept {
    if (second)
        fade.toward_second();
    else
        fade.toward_first();
}

bool is_settled(const CrossFade &fade) noexcept {
    return fade.only_first() || fade.only_second();
}

} // namespace

Audition::Audition(double sample_rate_hz, const ChannelLayout &channels,
                   const ParameterValues &values, bool bypass_all)
    : bypass_(sample_rate_hz, bypasses(values, bypass_all) && !matches(values)),
      limited_(sample_rate_hz, limits(values, bypass_all)),
      source_(sample_rate_hz, bypasses(values, bypass_all)),
      limits_(limits(values, bypass_all)),
      measures_(matches(values)),
      limiter_(dsp::LimiterMode::low, sample_rate_hz, static_cast<int>(channels.size())),
      output_(sample_rate_hz, loudness_weights(channels),
              dsp::LoudnessMeter::Readings::momentary_and_short_term),
      match_(sample_rate_hz),
      dry_(static_cast<int>(channels.size())),
      early_(static_cast<int>(channels.size())),
      limited_audio_(static_cast<int>(channels.size())) {
    limiter_.set_release_ms(kRelease_ms);
    set(values, bypass_all);
}

void Audition::set(const ParameterValues &values, bool bypass_all) noexcept {
    limiter_.set_ceiling_db(values[parameter_id("limiter/ceiling")]);
    wants_bypass_ = bypasses(values, bypass_all);
    wants_matched_ = matches(values);
    wants_limited_ = limits(values, bypass_all);
    // One fade at a time, so that nothing louder than what is left and what comes is heard between.
    if (wants_limited_)
        steer(source_, wants_bypass_);
    else if (limited_.only_second())
        bypass_.jump(wants_bypass_);
    else
        steer(bypass_, wants_bypass_);
}

void Audition::step(const dsp::LoudnessMeter &input) noexcept {
    start_or_stop();
    if (measures_)
        match_.follow(input, output_);
    if (measures_ || limits_)
        match_.step(!limited_.only_first());
}

void Audition::start_or_stop() noexcept {
    if (wants_limited_ && !limits_) {
        limiter_.reset();
        source_.jump(wants_bypass_);
        filling_frames_ = limiter_.latency_frames();
        limits_ = true;
    } else if (limits_) {
        filling_frames_ = std::max(filling_frames_ - dsp::kGridFrames, 0);
        steer(limited_, wants_limited_ && filling_frames_ == 0);
        limits_ = wants_limited_ || !limited_.only_first();
    }
    if (wants_matched_ && !measures_) {
        output_.reset();
        match_.forget();
    }
    measures_ = wants_matched_;
}

void Audition::process(dsp::AudioBlock block, Chain &chain) noexcept {
    if (measures_)
        output_.process(block);
    if (plays_output() && !limits_)
        return;
    const dsp::AudioBlock dry = dry_.first(block.frames);
    chain.read_dry(dry);
    if (limits_)
        limit(block, dry, chain);
    FadeGains gains;
    const std::span<float> now{gains.data(), static_cast<std::size_t>(block.frames)};
    if (!bypass_.only_first()) {
        bypass_.advance(now);
        mix(block, dry, gains);
    }
    if (!limited_.only_first()) {
        limited_.advance(now);
        mix(block, limited_audio_.first(block.frames), gains);
    }
}

void Audition::limit(dsp::AudioBlock output, dsp::AudioBlock dry, Chain &chain) noexcept {
    const dsp::AudioBlock audio = limited_audio_.first(output.frames);
    if (!source_.only_second())
        for (int c = 0; c < audio.channel_count; ++c)
            for (int i = 0; i < audio.frames; ++i)
                audio.channels[c][i] = dry.channels[c][i] - output.channels[c][i];
    if (!source_.only_first()) {
        const dsp::AudioBlock matched = early_.first(output.frames);
        chain.read_dry(matched, limiter_.latency_frames());
        match_.process(matched);
        FadeGains gains;
        source_.advance({gains.data(), static_cast<std::size_t>(output.frames)});
        mix(audio, matched, gains);
    }
    limiter_.process(audio);
}

bool Audition::is_at_rest() const noexcept {
    const bool limiter_rests = wants_limited_ ? limits_ && limited_.only_second() &&
                                                    is_settled(source_) && limiter_.is_at_rest()
                                              : !limits_;
    const bool match_rests = measures_ == wants_matched_ && (!measures_ || output_.is_at_rest()) &&
                             (!(measures_ || limits_) || match_.is_at_rest());
    return is_settled(bypass_) && limiter_rests && match_rests;
}

void Audition::skip(int frames) noexcept {
    if (limits_)
        limiter_.skip(frames);
    if (measures_)
        output_.skip(frames);
}

} // namespace headroom::engine
