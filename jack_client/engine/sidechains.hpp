// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/engine.hpp"

#include <cstddef>
#include <vector>

namespace headroom::engine {

/// What compressors hear that hear something else than what they get. There are two places for each
/// bus: what it gets as input, so that all that hear it find the same frames there, whatever is
/// processed first; and what comes in at its own sidechain ports. Belongs to the process thread.
class Sidechains {
  public:
    /// Not real-time safe.
    Sidechains(const std::vector<BusSetup> &setups, int frames);

    /// Where the signal is that a bus hears whose BusSetup::sidechain is `source`; or kOwnInput.
    int place(int bus, int source) const noexcept;
    int channel_count(int place) const noexcept;

    /// Starts another chunk. Real-time safe, as everything below.
    void forget() noexcept;

    /// Fills a place with the chunk's frames, once. inputs: the channels of all buses; ports: of
    /// every bus, or none.
    void keep(int place, const float *const *inputs, std::span<const BusPatch> ports, int offset,
              int frames) noexcept;

    /// The kept signal of a place from an offset on. Holds until the next call for the same place.
    dsp::AudioBlock of(int place, int offset, int frames) noexcept;

  private:
    struct Place {
        std::size_t first = 0; ///< channel
        std::size_t count = 0;
        bool kept = false;
    };
    std::size_t bus_count() const noexcept { return places_.size() / 2; }

    std::vector<Place> places_; ///< inputs of all buses, then ports of all buses
    AudioBuffer audio_;
    std::vector<float *> pointers_; ///< of each channel, where of() was asked for last
};

} // namespace headroom::engine
