// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/audio.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// What the limiters of the bench are tried on: 48 kHz stereo, up to 12 dB over full scale.
namespace headroom::bench {

inline constexpr double kRate_hz = 48000.0;
inline constexpr double kCeiling_db = -1.0;

enum class Extent { quick, whole };

struct Material {
    std::string name;
    std::string group; ///< one of kGroups
    test::Audio audio;
};

inline constexpr const char *kNoise = "noise, Nyquist flips";
inline constexpr const char *kMusic = "music +9 dB";
inline constexpr const char *kLoudMusic = "music +18 dB";
inline constexpr const char *kGroups[] = {
    "fs/4 45°", "sines", "EBU 15–23", "bursts, steps, sweep", "clicks", "squares",
    kNoise,     kMusic,  kLoudMusic};

/// Every group but music, the same on every machine. Each signal ends in half a second of silence,
/// so that what is delayed comes out.
std::vector<Material> synthesised_material(Extent extent);

struct MusicMaterial {
    std::vector<Material> tracks;     ///< sample peak at 0 dBFS, then raised by 9 dB
    std::vector<std::string> missing; ///< Debian packages that could not be had
};

/// Excerpts of music that Debian packages; downloaded and unpacked into the folder the first time.
MusicMaterial music_material(Extent extent, const std::filesystem::path &folder,
                             double rate_hz = kRate_hz);

/// The beginning of the demo programme with its sample peak at 9 dB over full scale, as music.
test::Audio loud_programme(double seconds);

/// Raised by so many dB.
test::Audio louder(test::Audio audio, double gain_db);

} // namespace headroom::bench
