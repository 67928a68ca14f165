// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/agc.hpp"

#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace headroom::dsp {

namespace {

constexpr float kStep_s = 0.01f;
/// The gain rests while the programme is this close to the target.
constexpr float kRest_lu = 0.5f;
/// A level that was known before is taken up again so much faster.
constexpr float kKnownRelease = 3.0f;
/// What the compressor lets go of in a fade is taken over at this rate.
constexpr float kTakeOver_db_per_s = 2.0f;
/// A gain is held over a pause for so long; then it goes home, a cut sooner than a boost.
constexpr int kHoldCut = loudness_steps(12.0);
constexpr int kHoldBoost = loudness_steps(20.0);
constexpr float kCutHome_db_per_s = 1.0f;
constexpr float kBoostHome_db_per_s = 0.35f;
/// Little known of a programme: the gain may still jump.
constexpr float kYoungAttack = 4.0f;
constexpr float kYoungRelease = 5.0f;
/// Back to a level that was left.
constexpr float kReturn_db_per_s = 15.0f;
/// Most that a sound may be over the target while nothing is known of the programme.
constexpr float kUnknownEvent_lu = 9.0f;
/// Quiet programme is judged as if it were not further under the target.
constexpr float kQuietest_lu = 8.0f;
/// A target that is turned quickly is followed without zipper noise.
constexpr float kTurn_db_per_s = 40.0f;
/// Time over which the compressor's gain is averaged, and the most that is made up for.
constexpr double kLater_s = 8.0;
constexpr float kMostLater_db = 6.0f;

} // namespace

Agc::Agc(double sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz),
      spline_frames_(std::max(1, static_cast<int>(static_cast<double>(kStep_s) * sample_rate_hz) /
                                     kGridFrames) *
                     kGridFrames) {}

void Agc::set(const Settings &settings) noexcept {
    settings_ = settings;
}

void Agc::step(const LoudnessMeter &input, float later_gain_db) noexcept {
    if (!started_) {
        updates_ = input.updates();
        target_lufs_ = settings_.target_lufs;
    }
    started_ = true;
    while (updates_ < input.updates()) {
        ++updates_;
        // All but the newest are of silence in which the bus was at rest.
        update(updates_ == input.updates() ? input.newest_power() : 0.0, later_gain_db);
    }
    // Whole periods of the grid: updates are heard of at the next boundary.
    position_ = input.frames_since_update() / kGridFrames * kGridFrames;
}

void Agc::update(double mean_square, float later_gain_db) noexcept {
    target_lufs_ += std::clamp(settings_.target_lufs - target_lufs_, -kTurn_db_per_s * kStep_s,
                               kTurn_db_per_s * kStep_s);
    history_.push(mean_square);
    programme_.step(history_,
                    {.target_lufs = target_lufs_ - later_db(), // ahead of the compressor
                     .max_boost_db = settings_.max_boost_db,
                     .max_cut_db = settings_.max_cut_db,
                     .gate_lufs = settings_.gate_lufs},
                    slow_db_);
    if (programme_.passage() == Passage::programme)
        hear_later_gain(mean_square, later_gain_db);
    const float momentary_lufs = history_.lufs(loudness_steps(0.4));
    if (programme_.is_paused())
        pause(momentary_lufs);
    else
        move(momentary_lufs);
    take_over(momentary_lufs, later_gain_db);
    // The bounds hold at all times, also when they have just been narrowed.
    slow_db_ = std::clamp(slow_db_, -settings_.max_cut_db, settings_.max_boost_db);
    event_.step(history_.lufs(loudness_steps(0.1)) + slow_db_, momentary_lufs + slow_db_,
                heard_lufs(),
                programme_.is_assumed() ? std::min(settings_.max_event_lu, kUnknownEvent_lu)
                                        : settings_.max_event_lu);
    gains_lin_ = {gains_lin_[1], gains_lin_[2], db_to_lin(gain_db())};
}

void Agc::hear_later_gain(double mean_square, float later_gain_db) noexcept {
    constexpr double kShare = static_cast<double>(kStep_s) / kLater_s;
    const auto gain_lin = static_cast<double>(db_to_lin(later_gain_db));
    power_before_ += kShare * (mean_square - power_before_);
    power_after_ += kShare * (mean_square * gain_lin * gain_lin - power_after_);
}

/// What the compressor does to the loudness of the programme.
float Agc::later_db() const noexcept {
    if (!(power_before_ > 0.0))
        return 0.0f;
    return std::clamp(lin_to_db(static_cast<float>(std::sqrt(power_after_ / power_before_))),
                      -kMostLater_db, kMostLater_db);
}

/// Programme as it comes out of this; at the target behind the compressor, if nothing is known.
float Agc::heard_lufs() const noexcept {
    const float target_lufs = target_lufs_ - later_db();
    if (!programme_.is_known())
        return target_lufs;
    return std::clamp(programme_.lufs() + slow_db_, target_lufs - kQuietest_lu, target_lufs);
}

/// What the compressor lets go of as a programme fades out is taken here.
void Agc::take_over(float momentary_lufs, float later_gain_db) noexcept {
    const bool held = paused_steps_ <= kHoldCut || momentary_lufs >= settings_.gate_lufs;
    const float most_db = std::clamp(settings_.max_cut_db + slow_db_, 0.0f, kMostLater_db);
    const float wanted_db =
        programme_.fades() && held ? std::clamp(later_gain_db - later_db(), 0.0f, most_db) : 0.0f;
    const Passage passage = programme_.passage();
    const bool swings = passage == Passage::programme || passage == Passage::quieter;
    taken_over_db_ +=
        std::clamp(wanted_db - taken_over_db_,
                   -(swings ? settings_.release_db_per_s : kReturn_db_per_s) * kStep_s,
                   kTakeOver_db_per_s * kStep_s);
}

/// Holds the gain, but not for ever.
void Agc::pause(float momentary_lufs) noexcept {
    paused_steps_ = std::min(paused_steps_ + 1, kHoldBoost + 1);
    if (programme_.passage() == Passage::silence && programme_.has_just_returned())
        slow_db_ +=
            std::clamp(programme_.gain_before_db() - slow_db_, 0.0f, kReturn_db_per_s * kStep_s);
    if (programme_.passage() == Passage::idle)
        paused_steps_ = std::max(paused_steps_, kHoldCut + 1);
    if (momentary_lufs < settings_.gate_lufs &&
        paused_steps_ > (slow_db_ < 0.0f ? kHoldCut : kHoldBoost))
        slow_db_ -=
            std::clamp(slow_db_, -kCutHome_db_per_s * kStep_s, kBoostHome_db_per_s * kStep_s);
}

void Agc::move(float momentary_lufs) noexcept {
    paused_steps_ = 0;
    // The bounds can be reached.
    const float wanted_db =
        std::clamp(target_lufs_ - programme_.lufs() - later_db(), -settings_.max_cut_db - kRest_lu,
                   settings_.max_boost_db + kRest_lu);
    const float distance_db = wanted_db - slow_db_;
    const bool young = programme_.is_young();
    if (distance_db < -kRest_lu) {
        const float rate = settings_.attack_db_per_s * (young ? kYoungAttack : 1.0f);
        slow_db_ += std::max(distance_db + kRest_lu, -rate * kStep_s);
    } else if (distance_db > kRest_lu && event_.cut_db() == 0.0f &&
               momentary_lufs > programme_.lufs() - kQuietest_lu) {
        // Far from the target the gain rises faster, up to four times.
        float rate = settings_.release_db_per_s *
                     (1.0f + std::clamp((distance_db - 3.0f) / 3.0f, 0.0f, 3.0f));
        if (young)
            rate = std::min(rate * std::clamp(distance_db - 2.0f, 1.0f, kYoungRelease),
                            std::max(rate, kReturn_db_per_s));
        if (programme_.has_just_returned() && slow_db_ < programme_.gain_before_db())
            rate = std::max(rate, kReturn_db_per_s);
        else if (programme_.has_just_returned())
            rate = std::max(rate, kKnownRelease * settings_.release_db_per_s);
        slow_db_ += std::min(distance_db - kRest_lu, rate * kStep_s);
    }
}

/// The gain is a quadratic spline: no update makes a corner in it.
void Agc::process(AudioBlock block) noexcept {
    std::array<float, kGridFrames> gain;
    const auto &[first, second, third] = gains_lin_;
    const float start = 0.5f * (first + second);
    const float slope = second - first;
    const float bend = 0.5f * ((third - second) - slope);
    for (int i = 0; i < block.frames; ++i) {
        const float share =
            std::min(1.0f, static_cast<float>(position_ + i) / static_cast<float>(spline_frames_));
        gain[static_cast<std::size_t>(i)] = start + share * (slope + share * bend);
    }
    position_ += block.frames;
    for (int c = 0; c < block.channel_count; ++c)
        for (int i = 0; i < block.frames; ++i)
            block.channels[c][i] *= gain[static_cast<std::size_t>(i)];
}

void Agc::reset() noexcept {
    const Settings settings = settings_;
    *this = Agc(sample_rate_hz_);
    settings_ = settings;
}

} // namespace headroom::dsp
