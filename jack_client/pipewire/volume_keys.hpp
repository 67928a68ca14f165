// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/pipewire/registry.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

namespace headroom::pipewire {

/// From a sink of ours, through one of our buses, to the sink that the bus plays to.
using SinkWays = std::map<std::uint32_t, std::uint32_t>;

/// process: id of the program whose JACK client has the buses. Sinks whose volume holds for what
/// the bus receives are left out.
SinkWays sink_ways(const Registry &registry, const std::string &process);

/// Passes volume and mute of our sinks on to the sinks behind the buses, and shows there what those
/// have, so that the chain hears full level and the user turns what is behind the ceiling. What is
/// told of a change that it has made itself changes nothing. Not real-time safe.
class VolumeKeys {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using SetVolume = std::function<void(std::uint32_t node, const Volume &volume)>;

    /// For so long a new sink of ours shows what is behind it, whatever else is set: a session
    /// manager may restore an old volume.
    static constexpr std::chrono::milliseconds kSettleTime{1000};

    explicit VolumeKeys(SetVolume set) : set_(std::move(set)) {}

    /// To be called after every change of the registry.
    void follow(const Registry &registry, const SinkWays &ways, TimePoint now);

  private:
    /// What was set, and was not told of yet.
    struct Write {
        Volume volume;
        TimePoint at;
    };
    /// One end of a way.
    struct End {
        std::uint32_t node = 0;
        Volume seen;
        std::deque<Write> writes;
    };
    struct Way {
        End sink;
        End device;
        TimePoint since;
    };

    static bool is_news(End &end, const Volume &volume, TimePoint now);
    void write(End &end, const Volume &volume, TimePoint now);

    SetVolume set_;
    std::map<std::uint32_t, Way> ways_; ///< by our sink
};

} // namespace headroom::pipewire
