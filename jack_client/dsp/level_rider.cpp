// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/level_rider.hpp"

#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace headroom::dsp {

namespace {

constexpr double kRmsTime_ms = 300.0;
constexpr double kPeakFall_db_per_s = 20.0;
constexpr float kPausePower = 1e-6f; // kPause_dbfs

} // namespace

LevelRider::LevelRider(double sample_rate_hz)
    : steps_per_ms_(1e-3 * sample_rate_hz / kGridFrames),
      rms_share_(static_cast<float>(step_share(kRmsTime_ms * steps_per_ms_))),
      peak_fall_lin_(db_to_lin(static_cast<float>(-kPeakFall_db_per_s / (1e3 * steps_per_ms_)))) {
    set(settings_);
}

void LevelRider::set(const Settings &settings) noexcept {
    settings_ = settings;
    const auto share = [&](float time_ms) {
        return static_cast<float>(step_share(static_cast<double>(time_ms) * steps_per_ms_));
    };
    attack_share_ = share(settings.attack_ms);
    release_share_ = share(settings.release_ms);
}

void LevelRider::listen(AudioBlock block, float gain_lin) noexcept {
    channels_ = std::min(block.channel_count, kMaxChannels);
    frames_ += block.frames;
    for (int c = 0; c < channels_; ++c) {
        float energy = energies_[c]; // in the order of the frames, however they are cut
        float peak = heard_peak_lin_;
        for (int i = 0; i < block.frames; ++i) {
            const float sample = gain_lin * block.channels[c][i];
            energy += sample * sample;
            peak = std::max(peak, std::fabs(sample));
        }
        energies_[c] = energy;
        heard_peak_lin_ = peak;
    }
}

float LevelRider::step() noexcept {
    float loudest = 0.0f;
    for (int c = 0; c < channels_; ++c)
        loudest = std::max(loudest, std::exchange(energies_[c], 0.0f));
    const float power = frames_ > 0 ? loudest / static_cast<float>(frames_) : 0.0f;
    const float peak = std::exchange(heard_peak_lin_, 0.0f);
    frames_ = 0;
    if (power < kPausePower)
        return -cut_db_;

    mean_square_ += rms_share_ * (power - mean_square_);
    peak_lin_ = std::max(peak, peak_fall_lin_ * peak_lin_);
    const float over_target_db = rms_dbfs() - settings_.target_dbfs;
    const float over_peak_db = lin_to_db(peak_lin_) - settings_.peak_dbfs;
    const float wanted_db =
        std::clamp(std::max(over_target_db, over_peak_db), 0.0f, settings_.max_cut_db);
    cut_db_ += (wanted_db > cut_db_ ? attack_share_ : release_share_) * (wanted_db - cut_db_);
    return -cut_db_;
}

float LevelRider::rms_dbfs() const noexcept {
    return lin_to_db(std::sqrt(mean_square_));
}

void LevelRider::reset() noexcept {
    std::fill_n(energies_, kMaxChannels, 0.0f);
    frames_ = 0;
    heard_peak_lin_ = 0.0f;
    mean_square_ = 0.0f;
    peak_lin_ = 0.0f;
    cut_db_ = 0.0f;
}

} // namespace headroom::dsp
