// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/material.hpp"
#include "tests/bench/meters.hpp"
#include "tests/bench/peer.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

/// What the bench finds out about a peer.
namespace headroom::bench {

/// Nanoseconds of one thread's CPU time per frame, over repeated runs.
struct Cost {
    double least_ns = 0.0;
    double median_ns = 0.0;
};
Cost cost_of(std::vector<double> runs_ns);

/// Peaks over the ceiling in dB, worst file of a group.
struct Overshoot {
    double sample_db, strict_db, dac_db, fourfold_db, itu_db;
    std::string strict_file; ///< the one that the strict meter reads highest
};

/// Takes the peaks of another file into account.
void raise(std::optional<Overshoot> &worst, const Peaks &peaks, const std::string &file);

struct Quality {
    std::array<std::optional<Overshoot>, std::size(kGroups)> overshoot; ///< by group
    double thd_n_997_db = 0.0; ///< at 6 dB of limiting, as the next two
    double thd_n_60_db = 0.0;
    double smpte_imd_db = 0.0;
    double null_db = 0.0;        ///< under the threshold; minus infinity: bit for bit
    int latency_said_frames = 0; ///< -1: the peer does not say
    double latency_measured_frames = 0.0;
    double music_lufs = 0.0;      ///< mean over the tracks of music
    double fair_music_lufs = 0.0; ///< less the peer's own overshoot
};

struct PeerCosts {
    Cost music, silence, fading, worst;
    std::string worst_input;
};

struct Source {
    std::vector<Material> synthesised;
    std::vector<Material> music;
};

Quality measure_quality(const PeerType &type, const Source &source);

/// Every peer turn by turn, so that a disturbance of the machine hits all alike.
std::vector<PeerCosts> measure_costs(const std::vector<PeerType> &types, const Source &source,
                                     int rounds);

/// Three seconds of loud music on which cost is measured; of the demo programme where there is no
/// music.
test::Audio cost_music(const Source &source);

} // namespace headroom::bench
