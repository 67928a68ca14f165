// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/midi_map.hpp"
#include "jack_client/midi/event.hpp"

#include <optional>

namespace headroom::midi {

/// What the movements of one control make of one parameter: mode, range, curve and takeover.
/// Real-time safe, but for its construction.
class Mover {
  public:
    /// The binding's target must be a parameter.
    explicit Mover(const MidiBinding &binding);

    /// The value that the movement asks for, where it asks for another one than the current.
    std::optional<float> move(const Movement &movement, float current) noexcept;

    /// Goes on where another mover of the same control and parameter is.
    void adopt(const Mover &before) noexcept {
        position_ = before.position_;
        has_taken_over_ = before.has_taken_over_;
        written_ = before.written_;
    }

    /// Where in its range a value stands, 0..1: where the control would stand for it.
    float position_of(float value) const noexcept;

  private:
    std::optional<float> absolute(float position, float current) noexcept;
    std::optional<float> scaled(float before, float position, float here) noexcept;
    std::optional<float> relative(int ticks, float current) noexcept;
    float pressed(float current) const noexcept;
    float value_at(float position) const noexcept;
    float write(float position) noexcept;

    const Parameter *about_;
    MidiMode mode_;
    MidiCurve curve_;
    MidiTakeover takeover_;
    float low_;
    float high_;
    float low_share_; ///< of the parameter's scale
    float high_share_;
    int steps_;
    bool has_range_;

    float position_ = -1.0f; ///< of the last movement; -1 before it
    bool has_taken_over_ = false;
    float written_ = 0.0f; ///< since it has; another value was set elsewhere
};

} // namespace headroom::midi
