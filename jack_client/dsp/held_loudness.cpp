// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/held_loudness.hpp"

#include "jack_client/dsp/loudness_meter.hpp"

#include <algorithm>

namespace headroom::dsp {

namespace {

constexpr float kProgramme_lu = 6.0f; ///< down to there it is the programme that plays
constexpr float kAudible_lu = 20.0f;  ///< under the floor nothing is programme
constexpr float kFall_db_per_step = 0.06f;
constexpr float kStep_s = 0.01f;
constexpr float kRise_s = 0.5f;
constexpr float kSink_s = 3.0f;

} // namespace

void HeldLoudness::follow(const LoudnessMeter &meter, float usual_lufs, float floor_lufs) noexcept {
    if (!is_known_)
        held_lufs_ = usual_lufs;
    while (updates_ < meter.updates()) {
        ++updates_;
        // All but the newest are of silence in which the bus was at rest.
        step(updates_ == meter.updates() ? meter.newest_power() : 0.0, floor_lufs);
    }
}

void HeldLoudness::step(double mean_square, float floor_lufs) noexcept {
    history_.push(mean_square);
    const float momentary_lufs = history_.lufs(loudness_steps(0.4));
    if (momentary_lufs > held_lufs_ - kProgramme_lu && momentary_lufs > floor_lufs - kAudible_lu) {
        is_known_ = true;
        quiet_steps_ = 0;
        const float now_lufs = history_.gated_lufs(loudness_steps(3.0), held_lufs_ - 10.0f, 23.0f);
        const float time_constant_s = now_lufs > held_lufs_ ? kRise_s : kSink_s;
        held_lufs_ += (now_lufs - held_lufs_) * kStep_s / time_constant_s;
    } else if (is_known_) {
        quiet_steps_ = std::min(quiet_steps_ + 1, kHold + 1);
        if (quiet_steps_ > kHold && history_.lives(loudness_steps(3.0)))
            held_lufs_ -= kFall_db_per_step;
    }
    held_lufs_ = std::max(held_lufs_, floor_lufs);
}

} // namespace headroom::dsp
