// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/engine.hpp"

#include <cstddef>
#include <vector>

namespace headroom::engine {

/// What the buses get as input, kept for those whose compressor hears another bus: they all find
/// the same frames there, whatever is processed first. Belongs to the process thread.
class Sidechains {
  public:
    /// Not real-time safe.
    Sidechains(const std::vector<BusSetup> &setups, int frames);

    /// Starts another chunk. Real-time safe, as everything below.
    void forget() noexcept;

    /// Copies the chunk's input of a bus, once. inputs: the channels of all buses.
    void keep(int bus, const float *const *inputs, int frames) noexcept;

    /// The kept input of a bus from an offset on. Holds until the next call for the same bus.
    dsp::AudioBlock of(int bus, int offset, int frames) noexcept;

  private:
    struct Place {
        std::size_t first = 0; ///< channel
        std::size_t count = 0;
        bool kept = false;
    };
    std::vector<Place> buses_;
    AudioBuffer audio_;
    std::vector<float *> pointers_; ///< of each channel, where of() was asked for last
};

} // namespace headroom::engine
