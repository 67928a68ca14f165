// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/unit/engine/engine_fixture.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

/// What the AGC is tried with, and how its gain is watched.
namespace headroom::test {

inline constexpr double kRate_hz = 48000.0;

/// Integrated loudness of a stereo programme.
double loudness_lufs(const Audio &audio);

/// A stretch of a sound file, in stereo at 48 kHz.
Audio stretch(const std::filesystem::path &file, double from_s, double seconds);

/// The audio at another integrated loudness.
Audio at_loudness(Audio audio, double loudness_lufs);

/// One after another, each with fades of 10 ms.
void append(Audio &to, Audio audio);

Audio silence(double seconds);

/// Adds one signal to another of the same length.
void mix_in(Audio &to, const Audio &audio);

/// The same noise in both channels, shaped like the air of a room.
Audio room_tone(double seconds, double loudness_lufs);

/// Sentences of real speech with pauses between them, of 0.4 to 2 s.
Audio speech(double seconds);

/// The AGC's gain over time, as the meters tell it.
struct GainHistory {
    struct Point {
        double time_s;
        double gain_db;
    };
    std::vector<Point> points;

    double at(double time_s) const;
    double lowest(double from_s, double to_s) const;
    double highest(double from_s, double to_s) const;
    /// How far it has gone in all, up and down.
    double path_db(double from_s, double to_s) const;
    double fastest_rise_db_per_s() const;
    double fastest_fall_db_per_s() const;
};

/// A programme's way through the whole chain of one bus.
struct Passage {
    Passage(const ParameterValues &values, const Audio &input);

    Audio output; ///< aligned with the input
    GainHistory gain;
    engine::MeterFrame meters; ///< at the end
};

} // namespace headroom::test
