// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <array>
#include <memory>

namespace headroom::dsp {

/// Parametric equaliser: low cut, two shelves, four bells, in series and without latency. Every
/// channel is filtered alike. A band that is off, or a shelf or bell of 0 dB, takes no part: where
/// none does, the output is the input, bit for bit.
///
/// Each band is one or two state-variable filters with trapezoidal integration (A. Simper, "Linear
/// Trapezoidal Integrated State Variable Filter", Cytomic 2013) whose coefficients travel along a
/// straight line for 20 ms to where new settings put them; on and off are the same journey, between
/// the band's response and none. Nothing can ring up on the way: with a = [[-k g, -g], [g, 0]] the
/// state is multiplied by (1 - a/2)^-1 (1 + a/2), and since a + a^T has no eigenvalue above 0 for
/// any g, k > 0, that matrix makes no state longer. A direct form has no such bound.
class Equaliser {
  public:
    enum class Slope { db_12, db_24 }; ///< per octave

    struct LowCut {
        bool on = false;
        float frequency_hz = 40.0f; ///< 3 dB down; 10..1000
        Slope slope = Slope::db_12; ///< Butterworth's response
        bool operator==(const LowCut &) const = default;
    };
    /// A shelf has half of its gain at its frequency.
    struct Band {
        bool on = false;
        float frequency_hz = 1000.0f; ///< 20..20000
        float gain_db = 0.0f;         ///< -24..24
        float q = 0.7071f;            ///< 0.1..20
        bool operator==(const Band &) const = default;
    };
    struct Settings {
        LowCut low_cut;
        Band low_shelf{.frequency_hz = 100.0f};
        Band high_shelf{.frequency_hz = 8000.0f};
        std::array<Band, 4> bells{};
        bool operator==(const Settings &) const = default;
    };

    /// Not real-time safe.
    Equaliser(double sample_rate_hz, int channels);
    ~Equaliser();
    Equaliser(Equaliser &&) noexcept;
    Equaliser &operator=(Equaliser &&) noexcept;

    /// Takes effect at the next grid step. Real-time safe.
    void set(const Settings &settings) noexcept;

    /// Processes in place, without latency.
    void process(AudioBlock block) noexcept;

    /// The next block may come out other than it goes in. Real-time safe.
    bool is_working() const noexcept;

    /// Silence gives silence and changes nothing, until settings change. Between grid periods.
    /// Real-time safe.
    bool is_at_rest() const noexcept;

    /// Forgets the audio; the newest settings hold at once. Real-time safe.
    void reset() noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace headroom::dsp
