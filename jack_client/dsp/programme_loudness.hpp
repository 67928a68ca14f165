// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/loudness_history.hpp"

namespace headroom::dsp {

/// Loudness of the programme as a listener keeps it in mind: pauses do not lower it, a sound that
/// ends soon does not raise it, and after a louder passage the level from before is still known.
/// Causal; the relative gate is that of ITU-R BS.1770, window and gate follow the manuals of
/// Orban's 6200 and 8400 processors. Real-time safe.
class ProgrammeLoudness {
  public:
    enum class Passage {
        silence,
        event,     ///< louder than the programme, and may soon be over
        louder,    ///< a louder programme
        pause,     ///< quieter than the programme, without a programme of its own
        idle,      ///< quieter than the gate, but not noise: nothing is held for it
        quieter,   ///< a quieter programme
        back,      ///< the programme from before a louder passage
        fade,      ///< the programme fades out
        programme, ///< more of the same
    };
    struct Settings {
        float target_lufs = -18.0f;
        float max_boost_db = 9.0f;
        float max_cut_db = 15.0f;
        float gate_lufs = -50.0f; ///< under it nothing begins a programme
    };

    /// One step of 10 ms, `heard` includes it. gain_db: how the slow gain stands.
    void step(const LoudnessHistory &heard, const Settings &settings, float gain_db) noexcept;

    Passage passage() const noexcept { return passage_; }
    bool is_paused() const noexcept {
        return passage_ == Passage::silence || passage_ == Passage::pause ||
               passage_ == Passage::idle || passage_ == Passage::fade;
    }

    float lufs() const noexcept { return programme_lufs_; }
    /// False before the first programme and after a long silence.
    bool is_known() const noexcept { return is_known_; }
    /// Nothing has been heard of it yet.
    bool is_assumed() const noexcept { return assumed_ || !is_known_; }
    /// Little has been heard of it yet, since the start, a silence or a change of level.
    bool is_young() const noexcept { return known_steps_ < loudness_steps(3.0); }
    /// After what was louder, the level from before has been found again, or a quieter one.
    bool has_just_returned() const noexcept { return since_return_ < loudness_steps(3.0); }
    /// It is on its way out.
    bool fades() const noexcept {
        return passage_ == Passage::fade ||
               (!by_step_ && quiet_steps_ > loudness_steps(2.0) &&
                (passage_ == Passage::pause || passage_ == Passage::idle));
    }
    /// How the slow gain stood before what was louder.
    float gain_before_db() const noexcept { return gain_before_db_; }

  private:
    static constexpr int kForever = loudness_steps(100.0);

    Passage hear(const LoudnessHistory &heard, const Settings &settings, float gain_db) noexcept;
    Passage hear_silence() noexcept;
    Passage hear_louder(const LoudnessHistory &heard, float momentary_lufs, float gain_db) noexcept;
    Passage hear_quieter(const LoudnessHistory &heard, const Settings &settings,
                         float momentary_lufs) noexcept;
    Passage hear_programme(const LoudnessHistory &heard) noexcept;
    void begin(const Settings &settings, float gain_db) noexcept;
    void learn(float lufs, float time_constant_s) noexcept;
    void leave_level() noexcept;
    bool comes_back(const LoudnessHistory &heard) noexcept;
    bool came_by_step(const LoudnessHistory &heard) const noexcept;
    bool is_falling(const LoudnessHistory &heard) const noexcept;

    Passage passage_ = Passage::silence;
    float programme_lufs_ = 0.0f;
    bool is_known_ = false;
    int known_steps_ = 0; ///< how much of it has been heard

    int silent_steps_ = 0;      ///< falls ten times as fast as it rises
    int since_silence_ = 0;     ///< steps since the last silence
    int loud_steps_ = 0;        ///< of a sound that is louder than the programme
    float loudest_lufs_ = 0.0f; ///< momentary, of what is louder than the programme
    int often_loud_ = 0;        ///< twice the steps of sounds that are, less the steps between them
    int quiet_steps_ = 0;       ///< of a stretch that is quieter than the programme
    int lively_steps_ = 0;      ///< of it that are no steady noise
    bool by_step_ = true;       ///< the quiet stretch began at once
    int fading_steps_ = 0;      ///< left, for which a fade is taken for one

    bool recalls_ = false; ///< the level before a louder passage is still known
    bool assumed_ = true;  ///< the programme is only what it is assumed to be at the start
    bool recalls_assumed_ = false;
    float recalled_lufs_ = 0.0f;
    float gain_before_db_ = 0.0f;
    int since_recalled_ = kForever; ///< steps since that level was left
    float louder_lufs_ = 0.0f;      ///< level of the last louder passage
    int since_louder_ = kForever;   ///< steps since it ended
    int since_return_ = kForever;
};

} // namespace headroom::dsp
