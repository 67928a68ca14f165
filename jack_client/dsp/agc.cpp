// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/agc.hpp"

#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace headroom::dsp {

namespace {

/// The gain rests while the output is this close to the target.
constexpr float kRest_lu = 0.5f;

/// Momentary loudness further than this under short-term loudness is a pause, or the end of the
/// programme: no reason to raise the gain.
constexpr float kPause_lu = 3.0f;

} // namespace

Agc::Agc(double sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {}

void Agc::set(const Settings &settings) noexcept {
    settings_ = settings;
}

void Agc::step(float momentary_lufs, float short_term_lufs) noexcept {
    start_lin_ = db_to_lin(gain_db_);
    increment_lin_ = 0.0f;
    position_ = 0;
    const bool is_programme = momentary_lufs >= settings_.gate_lufs;
    const float period_s = static_cast<float>(kGridFrames / sample_rate_hz_);
    // After silence short-term loudness is low for three seconds, though the programme is not.
    const float loudness_lufs = std::max(momentary_lufs, short_term_lufs);
    const float fall_db = settings_.target_lufs + kRest_lu - short_term_lufs - gain_db_;
    const float rise_db = settings_.target_lufs - kRest_lu - loudness_lufs - gain_db_;
    float change_db = 0.0f;
    if (is_programme && fall_db < 0.0f)
        change_db = fall_db;
    else if (is_programme && rise_db > 0.0f && momentary_lufs >= short_term_lufs - kPause_lu)
        change_db = rise_db;
    // The bounds hold at all times, also when they have just been narrowed.
    const float bounded_db =
        std::clamp(gain_db_ + change_db, -settings_.max_cut_db, settings_.max_boost_db);
    change_db = std::clamp(bounded_db - gain_db_, -settings_.attack_db_per_s * period_s,
                           settings_.release_db_per_s * period_s);
    if (change_db == 0.0f)
        return;
    gain_db_ += change_db;
    increment_lin_ = (db_to_lin(gain_db_) - start_lin_) / static_cast<float>(kGridFrames);
}

void Agc::process(AudioBlock block) noexcept {
    std::array<float, kGridFrames> gain;
    for (int i = 0; i < block.frames; ++i)
        gain[static_cast<std::size_t>(i)] =
            start_lin_ + increment_lin_ * static_cast<float>(position_ + i);
    position_ += block.frames;
    for (int c = 0; c < block.channel_count; ++c)
        for (int i = 0; i < block.frames; ++i)
            block.channels[c][i] *= gain[static_cast<std::size_t>(i)];
}

bool Agc::is_at_rest() const noexcept {
    return increment_lin_ == 0.0f;
}

float Agc::gain_db() const noexcept {
    return gain_db_;
}

void Agc::reset() noexcept {
    gain_db_ = 0.0f;
    start_lin_ = 1.0f;
    increment_lin_ = 0.0f;
    position_ = 0;
}

} // namespace headroom::dsp
