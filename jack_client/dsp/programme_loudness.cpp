// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/programme_loudness.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::dsp {

namespace {

constexpr float kStep_s = 0.01f;

/// How far a programme goes from its own mean without being something else.
constexpr float kBelow_lu = 8.0f;
constexpr float kAbove_lu = 6.0f;
/// What is louder for longer is the programme now; a level that was left lately is soon believed.
constexpr int kEvent = loudness_steps(2.0);
constexpr int kEventAgain = loudness_steps(0.4);
constexpr int kLongest = loudness_steps(3.0);
/// What swings to and fro is louder in the end.
constexpr int kOften = loudness_steps(5.0);
constexpr int kFresh = loudness_steps(1.0);
constexpr float kFresh_lu = 4.0f;
constexpr int kTenth = loudness_steps(0.1);
constexpr int kLately = loudness_steps(15.0);
constexpr float kSameLevel_lu = 5.0f;
/// After that a quieter passage that lives is a programme.
constexpr int kQuieter = loudness_steps(1.2);
constexpr int kQuieterYoung = loudness_steps(0.4);
constexpr int kRecall = loudness_steps(30.0);
/// After so much silence anything may come.
constexpr int kForget = loudness_steps(20.0);
constexpr float kSilence_lufs = -66.0f;
constexpr float kUnbounded_lufs = 23.0f;

float gated(const LoudnessHistory &heard, int steps, float floor_lufs, int ago = 0) noexcept {
    return heard.gated_lufs(steps, floor_lufs, kUnbounded_lufs, ago);
}

/// Four windows of 1.5 s, each a little quieter than the one before.
bool looks_like_fade(const LoudnessHistory &heard) noexcept {
    constexpr int kWindow = loudness_steps(1.5);
    float least_db = 100.0f;
    float most_db = -100.0f;
    float newer_lufs = heard.lufs(kWindow);
    const float newest_lufs = newer_lufs;
    for (int i = 1; i < 4; ++i) {
        const float older_lufs = heard.lufs(kWindow, i * kWindow);
        least_db = std::min(least_db, older_lufs - newer_lufs);
        most_db = std::max(most_db, older_lufs - newer_lufs);
        newer_lufs = older_lufs;
    }
    return least_db > 0.4f && newer_lufs - newest_lufs > 3.0f && most_db < 9.0f;
}

void count(int &steps) noexcept {
    steps = std::min(steps + 1, 1 << 20);
}

} // namespace

void ProgrammeLoudness::step(const LoudnessHistory &heard, const Settings &settings,
                             float gain_db) noexcept {
    count(since_louder_);
    count(since_recalled_);
    if (passage_ != Passage::silence)
        count(since_return_);
    if (since_recalled_ > kRecall)
        recalls_ = false;
    passage_ = hear(heard, settings, gain_db);
}

ProgrammeLoudness::Passage ProgrammeLoudness::hear(const LoudnessHistory &heard,
                                                   const Settings &settings,
                                                   float gain_db) noexcept {
    const float momentary_lufs = heard.lufs(loudness_steps(0.4));
    if (momentary_lufs < kSilence_lufs || (!is_known_ && momentary_lufs < settings.gate_lufs))
        return hear_silence();
    silent_steps_ = std::max(0, silent_steps_ - 10);
    if (!is_known_)
        begin(settings, gain_db);
    count(since_silence_);
    // A level that was taken up again is no fade, though it was reached downwards.
    fading_steps_ = since_silence_ > loudness_steps(8.0) && since_return_ > loudness_steps(6.0) &&
                            looks_like_fade(heard)
                        ? loudness_steps(1.5)
                        : std::max(0, fading_steps_ - 1);
    if (momentary_lufs > programme_lufs_ + kAbove_lu)
        return hear_louder(heard, momentary_lufs, gain_db);
    loud_steps_ = std::max(0, loud_steps_ - 2);
    often_loud_ = std::max(0, often_loud_ - 1);
    if (momentary_lufs < programme_lufs_ - kBelow_lu || momentary_lufs < settings.gate_lufs)
        return hear_quieter(heard, settings, momentary_lufs);
    return hear_programme(heard);
}

ProgrammeLoudness::Passage ProgrammeLoudness::hear_silence() noexcept {
    count(silent_steps_);
    quiet_steps_ = lively_steps_ = 0;
    loud_steps_ = std::max(0, loud_steps_ - 1);
    often_loud_ = 0;
    since_silence_ = 0;
    // What was louder and has ended like this was an event after all.
    if (recalls_ && since_recalled_ < loudness_steps(3.0)) {
        programme_lufs_ = recalled_lufs_;
        recalls_ = false;
        since_return_ = 0;
    }
    if (silent_steps_ > loudness_steps(0.3)) {
        // Something else may begin now.
        known_steps_ = std::min(known_steps_, loudness_steps(0.5));
        // The end of a fade is no level of a programme.
        if (!by_step_ && since_louder_ < kRecall)
            programme_lufs_ = louder_lufs_;
        by_step_ = true;
    }
    if (silent_steps_ > kForget)
        is_known_ = false;
    return Passage::silence;
}

/// What plays is judged as if the programme had been at the target with the gain that stands.
void ProgrammeLoudness::begin(const Settings &settings, float gain_db) noexcept {
    programme_lufs_ =
        settings.target_lufs - std::clamp(gain_db, -settings.max_cut_db, settings.max_boost_db);
    is_known_ = assumed_ = true;
    known_steps_ = quiet_steps_ = loud_steps_ = lively_steps_ = 0;
}

ProgrammeLoudness::Passage ProgrammeLoudness::hear_louder(const LoudnessHistory &heard,
                                                          float momentary_lufs,
                                                          float gain_db) noexcept {
    quiet_steps_ = 0;
    loudest_lufs_ = loud_steps_ == 0 ? momentary_lufs : std::max(loudest_lufs_, momentary_lufs);
    loud_steps_ = std::min(loud_steps_ + 1, kLongest);
    often_loud_ = std::min(often_loud_ + 2, 2 * kOften);
    // What was even louder only passes that level as it dies away.
    const bool again = since_louder_ < kLately && momentary_lufs > louder_lufs_ - kSameLevel_lu &&
                       loudest_lufs_ < louder_lufs_ + kSameLevel_lu;
    const bool lasts = loud_steps_ > (again ? kEventAgain : kEvent);
    if (!lasts && often_loud_ <= kOften)
        return Passage::event;
    if (lasts && !recalls_) {
        recalls_ = true;
        recalls_assumed_ = assumed_;
        gain_before_db_ = gain_db;
        recalled_lufs_ = programme_lufs_;
        since_recalled_ = 0;
    }
    assumed_ = false;
    // It is known how loud that was, unless it is a sound that dies away.
    if (again && lasts && heard.lufs(2 * kTenth) > momentary_lufs - 2.0f)
        programme_lufs_ = std::max(programme_lufs_, louder_lufs_);
    const float now_lufs = gated(heard, std::max(loud_steps_, kTenth), programme_lufs_ + kAbove_lu);
    learn(std::max(now_lufs, programme_lufs_), 0.3f);
    known_steps_ = std::max(known_steps_, loudness_steps(1.0));
    return Passage::louder;
}

ProgrammeLoudness::Passage ProgrammeLoudness::hear_quieter(const LoudnessHistory &heard,
                                                           const Settings &settings,
                                                           float momentary_lufs) noexcept {
    count(quiet_steps_);
    if (quiet_steps_ == loudness_steps(0.3))
        by_step_ = came_by_step(heard);
    if (comes_back(heard))
        return Passage::back;
    const int window =
        std::clamp(quiet_steps_ - loudness_steps(0.4), loudness_steps(0.8), loudness_steps(3.0));
    lively_steps_ = heard.lives(window) ? lively_steps_ + 1 : 0;
    const bool falling = is_falling(heard);
    const int patience = is_young() ? kQuieterYoung : kQuieter;
    if (momentary_lufs < settings.gate_lufs)
        return lively_steps_ > loudness_steps(2.0) && !falling ? Passage::idle : Passage::pause;
    if (lively_steps_ <= patience || quiet_steps_ <= patience + loudness_steps(0.4) || falling)
        return Passage::pause;
    leave_level();
    assumed_ = false;
    learn(std::min(gated(heard, window, momentary_lufs - 10.0f), programme_lufs_),
          is_young() ? 0.5f : 1.0f);
    count(known_steps_);
    return Passage::quieter;
}

ProgrammeLoudness::Passage
ProgrammeLoudness::hear_programme(const LoudnessHistory &heard) noexcept {
    quiet_steps_ = lively_steps_ = 0;
    count(known_steps_);
    assumed_ = assumed_ && is_young();
    const int window = std::clamp(known_steps_, loudness_steps(0.4), loudness_steps(3.0));
    // Without what was an event, and gated relative to itself.
    const float top_lufs = programme_lufs_ + kAbove_lu + 2.0f;
    const float all_lufs = heard.gated_lufs(window, LoudnessHistory::kSilence_lufs, top_lufs);
    float now_lufs = heard.gated_lufs(window, all_lufs - kBelow_lu, top_lufs);
    // What has become much louder is followed before the window is full of it.
    const float lately_lufs =
        heard.gated_lufs(std::min(window, kFresh), all_lufs - kBelow_lu, top_lufs);
    if (lately_lufs > programme_lufs_ + kFresh_lu)
        now_lufs = lately_lufs;
    if (now_lufs <= LoudnessHistory::kSilence_lufs)
        return Passage::programme;
    if (fading_steps_ > 0 && now_lufs < programme_lufs_)
        return Passage::fade;
    const float known_s = static_cast<float>(known_steps_) * kStep_s;
    const float far_lu = std::max(0.0f, std::fabs(now_lufs - programme_lufs_) - 3.0f);
    const float patience_s = std::clamp(0.7f + known_s, 0.7f, 3.0f) / (1.0f + far_lu / 3.0f);
    // Too loud is worse than too quiet, unless it is the end of an event.
    const bool rises = now_lufs > programme_lufs_ && often_loud_ == 0;
    learn(now_lufs, rises ? 0.5f * patience_s : patience_s);
    return Passage::programme;
}

void ProgrammeLoudness::learn(float lufs, float time_constant_s) noexcept {
    programme_lufs_ += (lufs - programme_lufs_) * std::min(1.0f, kStep_s / time_constant_s);
}

/// Whether a stretch that is quieter is at the level from before a louder passage, or at any, if
/// nothing was known then.
bool ProgrammeLoudness::comes_back(const LoudnessHistory &heard) noexcept {
    if (!recalls_ || !by_step_ || quiet_steps_ <= loudness_steps(0.3) ||
        quiet_steps_ >= loudness_steps(4.0))
        return false;
    const float lately_lufs = heard.lufs(loudness_steps(0.6));
    const bool same = std::fabs(lately_lufs - recalled_lufs_) < kSameLevel_lu;
    const bool any =
        recalls_assumed_ && quiet_steps_ > loudness_steps(0.6) && lately_lufs < recalled_lufs_;
    if (!same && !any)
        return false;
    leave_level();
    programme_lufs_ = same ? recalled_lufs_ : lately_lufs;
    recalls_ = false;
    since_return_ = 0;
    quiet_steps_ = 0;
    return true;
}

/// The programme becomes quieter: what it was may come again.
void ProgrammeLoudness::leave_level() noexcept {
    if (since_louder_ > loudness_steps(3.0) || programme_lufs_ > louder_lufs_)
        louder_lufs_ = programme_lufs_;
    since_louder_ = 0;
}

/// Whether what is quiet came by a step, as a pause or another programme does. A fade has been on
/// its way for seconds.
bool ProgrammeLoudness::came_by_step(const LoudnessHistory &heard) const noexcept {
    if (since_silence_ < loudness_steps(8.0))
        return true;
    constexpr int kHalf = loudness_steps(4.0);
    const int ago = quiet_steps_ + loudness_steps(0.2);
    const float floor_lufs = programme_lufs_ - 20.0f;
    const float before_lufs = gated(heard, loudness_steps(2.0), floor_lufs, ago);
    const float first_lufs = gated(heard, kHalf, floor_lufs, ago + kHalf);
    const float second_lufs = gated(heard, kHalf, floor_lufs, ago);
    return before_lufs > programme_lufs_ - 4.0f && first_lufs - second_lufs < 2.5f;
}

bool ProgrammeLoudness::is_falling(const LoudnessHistory &heard) const noexcept {
    if (!by_step_)
        return quiet_steps_ < loudness_steps(8.0) ||
               heard.slope_db_per_s(loudness_steps(10.0)) < -0.3f;
    const int steps = std::min(loudness_steps(8.0), quiet_steps_ - loudness_steps(1.0));
    return steps >= loudness_steps(5.0) && heard.slope_db_per_s(steps) < -0.7f &&
           heard.slope_db_per_s(steps / 2) < -0.25f &&
           heard.slope_db_per_s(steps / 2, steps / 2) < -0.25f;
}

} // namespace headroom::dsp
