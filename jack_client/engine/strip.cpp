// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/strip.hpp"

#include "jack_client/dsp/units.hpp"
#include "jack_client/engine/downmix.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace headroom::engine {

namespace {

constexpr double kGainTime_ms = 4.0; ///< of each of two approaches in a row
constexpr double kRmsTime_ms = 300.0;
constexpr float kArrived_lin = 1e-5f;

constexpr ParameterId kTrim = strip_parameter_id("trim");
constexpr ParameterId kMute = strip_parameter_id("mute");
constexpr ParameterId kSolo = strip_parameter_id("solo");
constexpr ParameterId kPan = strip_parameter_id("pan");
constexpr ParameterId kRide = strip_parameter_id("rider/on");

int side_of(Channel channel) noexcept {
    switch (channel) {
    case Channel::fl:
    case Channel::sl:
    case Channel::rl:
        return -1;
    case Channel::fr:
    case Channel::sr:
    case Channel::rr:
        return 1;
    default:
        return 0;
    }
}

} // namespace

void Strip::Gain::step(float target_lin, float share) noexcept {
    now_lin = next_lin;
    middle_lin += share * (target_lin - middle_lin);
    next_lin += share * (middle_lin - next_lin);
    if (std::fabs(target_lin - middle_lin) < kArrived_lin &&
        std::fabs(target_lin - next_lin) < kArrived_lin)
        middle_lin = next_lin = target_lin;
}

/// position: frames into the grid step.
float Strip::Gain::at(int position) const noexcept {
    return now_lin + (next_lin - now_lin) * static_cast<float>(position + 1) /
                         static_cast<float>(dsp::kGridFrames);
}

Strip::Strip(const Setup &setup)
    : bus_(setup.bus),
      index_(setup.index),
      slot_(static_cast<std::size_t>(setup.slot)),
      values_(setup.values),
      rider_(setup.sample_rate_hz),
      loudness_(setup.sample_rate_hz, loudness_weights(setup.channels),
                dsp::LoudnessMeter::Readings::momentary_and_short_term),
      audible_(setup.sample_rate_hz),
      share_(static_cast<float>(
          dsp::step_share(kGainTime_ms * 1e-3 * setup.sample_rate_hz / dsp::kGridFrames))),
      played_(static_cast<int>(setup.channels.size())),
      rest_interval_frames_(static_cast<std::int64_t>(std::ceil(setup.sample_rate_hz))),
      silence_(static_cast<int>(setup.channels.size())),
      discarded_(static_cast<int>(setup.bus_channels.size())),
      power_share_(static_cast<float>(
          dsp::step_share(kRmsTime_ms * 1e-3 * setup.sample_rate_hz / dsp::kGridFrames))),
      energies_(setup.channels.size()) {
    add_sends(setup.channels, setup.bus_channels);
    gain_.start(dsp::db_to_lin(values_[kTrim]));
    for (Send &send : sends_)
        send.pan.start(pan_lin(send.side));
    steer();
}

void Strip::add_sends(const ChannelLayout &channels, const ChannelLayout &bus_channels) {
    for (std::size_t i = 0; i < channels.size(); ++i)
        for (const ChannelSend &send : sends_of(channels[i], channels, bus_channels)) {
            const auto to = std::find(bus_channels.begin(), bus_channels.end(), send.to);
            sends_.push_back({.from = static_cast<int>(i),
                              .to = static_cast<int>(to - bus_channels.begin()),
                              .side = side_of(send.to),
                              .gain_lin = send.gain_lin});
        }
}

bool Strip::wants_solo() const noexcept {
    return values_[kSolo] != 0.0f && !leaving_;
}

void Strip::set_value(ParameterId id, float value) noexcept {
    if (values_[id] == value)
        return;
    wake();
    values_[id] = value;
    steer();
}

void Strip::set_other_solo(bool other) noexcept {
    if (other_solo_ == other)
        return;
    wake();
    other_solo_ = other;
    steer();
}

void Strip::leave() noexcept {
    wake();
    leaving_ = true;
    steer();
}

void Strip::steer() noexcept {
    const bool heard =
        !leaving_ && values_[kMute] == 0.0f && (values_[kSolo] != 0.0f || !other_solo_);
    if (heard)
        audible_.toward_second();
    else
        audible_.toward_first();
    rider_.set({.target_dbfs = values_[strip_parameter_id("rider/target")],
                .peak_dbfs = values_[strip_parameter_id("rider/peak")],
                .attack_ms = values_[strip_parameter_id("rider/attack")],
                .release_ms = values_[strip_parameter_id("rider/release")],
                .max_cut_db = values_[strip_parameter_id("rider/max_cut")]});
}

/// The side away from where the pan points falls along a cosine, the other stays.
float Strip::pan_lin(int side) const noexcept {
    const float away = -values_[kPan] / 100.0f * static_cast<float>(side);
    if (away <= 0.0f)
        return 1.0f;
    return away >= 1.0f ? 0.0f : std::cos(away * std::numbers::pi_v<float> / 2.0f);
}

void Strip::step() noexcept {
    const bool rides = values_[kRide] != 0.0f;
    if (rides && !was_riding_)
        rider_.reset();
    was_riding_ = rides;
    ride_db_ = rides ? rider_.step() : 0.0f;
    deepest_ride_db_ = std::min(deepest_ride_db_, ride_db_);
    gain_.step(dsp::db_to_lin(values_[kTrim] + ride_db_), share_);
    for (Send &send : sends_)
        send.pan.step(pan_lin(send.side), share_);

    const float power = energy_frames_ > 0 ? *std::max_element(energies_.begin(), energies_.end()) /
                                                 static_cast<float>(energy_frames_)
                                           : 0.0f;
    power_ += power_share_ * (power - power_);
    std::fill(energies_.begin(), energies_.end(), 0.0f);
    energy_frames_ = 0;
}

void Strip::process(dsp::AudioBlock heard, float *const *bus_channels,
                    std::uint64_t frame) noexcept {
    if (!rests_through(heard, frame))
        play(heard, bus_channels, static_cast<int>(frame % dsp::kGridFrames));
}

/// As Bus::rests_through(). Nothing in a strip delays, so one look is enough.
bool Strip::rests_through(dsp::AudioBlock heard, std::uint64_t frame) noexcept {
    if (!is_silent(heard)) {
        wake();
        return false;
    }
    if (!rests_ && frame % dsp::kGridFrames == 0 && silent_frames_ >= rest_interval_frames_) {
        silent_frames_ = 0;
        rests_ = is_at_rest();
    }
    if (rests_)
        skipped_frames_ += heard.frames;
    else
        silent_frames_ += heard.frames;
    return rests_;
}

bool Strip::is_at_rest() const noexcept {
    return gain_.rests() && loudness_.is_at_rest() &&
           (audible_.only_first() || audible_.only_second()) &&
           power_ + power_share_ * (0.0f - power_) == power_ &&
           std::all_of(sends_.begin(), sends_.end(),
                       [](const Send &send) { return send.pan.rests(); });
}

void Strip::wake() noexcept {
    catch_up();
    rests_ = false;
    silent_frames_ = 0;
}

void Strip::catch_up() noexcept {
    const int frames = std::exchange(skipped_frames_, 0);
    const int of_this_period = frames % dsp::kGridFrames;
    loudness_.skip(frames - of_this_period);
    if (of_this_period == 0)
        return;
    const dsp::AudioBlock silence = silence_.first(of_this_period);
    for (int c = 0; c < silence.channel_count; ++c)
        std::fill_n(silence.channels[c], silence.frames, 0.0f);
    play(silence, discarded_.channels(), 0);
}

/// position: frames into the grid period.
void Strip::play(dsp::AudioBlock heard, float *const *bus_channels, int position) noexcept {
    if (position == 0)
        step();
    if (was_riding_)
        rider_.listen(heard, dsp::db_to_lin(values_[kTrim]));

    const dsp::AudioBlock played = played_.first(heard.frames);
    copy(heard, played);
    if (!gain_.rests_at_unity())
        for (int c = 0; c < played.channel_count; ++c)
            for (int i = 0; i < played.frames; ++i)
                played.channels[c][i] *= gain_.at(position + i);
    if (!audible_.only_second()) {
        FadeGains gains{};
        audible_.advance({gains.data(), static_cast<std::size_t>(played.frames)});
        scale(played, gains);
    }
    measure(played);
    for (const Send &send : sends_) {
        const float *from = played.channels[send.from];
        float *to = bus_channels[send.to];
        if (send.pan.rests_at_unity())
            for (int i = 0; i < played.frames; ++i)
                to[i] += send.gain_lin * from[i];
        else
            for (int i = 0; i < played.frames; ++i)
                to[i] += send.gain_lin * from[i] * send.pan.at(position + i);
    }
}

void Strip::measure(dsp::AudioBlock played) noexcept {
    loudness_.process(played);
    energy_frames_ += played.frames;
    for (std::size_t c = 0; c < energies_.size(); ++c)
        for (int i = 0; i < played.frames; ++i) {
            const float sample = played.channels[c][i];
            energies_[c] += sample * sample;
            peak_lin_ = std::max(peak_lin_, std::fabs(sample));
        }
}

void Strip::read_meters(StripMeterValues &meters) noexcept {
    catch_up();
    const auto write = [&](MeterId id, float value) {
        meters[id.index - kMeterCount] = std::max(value, meter(id).floor);
    };
    write(strip_meter_id("peak"), dsp::lin_to_db(peak_lin_));
    write(strip_meter_id("rms"), dsp::lin_to_db(std::sqrt(power_)));
    write(strip_meter_id("momentary"), loudness_.momentary_lufs());
    write(strip_meter_id("rider_gain"), deepest_ride_db_);
}

void Strip::start_interval() noexcept {
    peak_lin_ = 0.0f;
    deepest_ride_db_ = ride_db_;
}

} // namespace headroom::engine
