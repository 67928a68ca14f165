// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/midi/decoder.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace headroom::midi {

/// A control as it has shown itself.
struct LearnedControl {
    MidiControl control;
    MidiMode mode = MidiMode::absolute; ///< toggle stands for anything that is pressed
};

/// Recognises the control that somebody moves by what it sends: coarse or fine, where it stands or
/// how far it was turned, pressed or moved. A touch of a fader, which is a note before it moves,
/// does not count. Belongs to the control thread.
class Learner {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// After so long without a message it decides.
    static constexpr std::chrono::milliseconds kPause{400};
    /// After so many messages it decides at once.
    static constexpr std::size_t kEnough = 24;

    void take(std::span<const std::uint8_t> message, TimePoint now);
    /// The control, as soon as it is clear which.
    std::optional<LearnedControl> decide(TimePoint now) const;

  private:
    struct Candidate {
        MidiControl control;
        std::vector<int> values;
    };
    const Candidate *find(const MidiControl &control) const;
    LearnedControl judge(const Candidate &candidate) const;

    Decoder decoder_;
    std::vector<Candidate> candidates_;
    std::size_t messages_ = 0;
    TimePoint last_{};
};

} // namespace headroom::midi
