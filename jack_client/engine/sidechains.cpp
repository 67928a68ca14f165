// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/sidechains.hpp"

#include <algorithm>

namespace headroom::engine {

namespace {

int count_channels(const std::vector<BusSetup> &setups) {
    std::size_t count = 0;
    for (const BusSetup &setup : setups)
        count += setup.channels.size();
    return static_cast<int>(count);
}

} // namespace

Sidechains::Sidechains(const std::vector<BusSetup> &setups, int frames)
    : audio_(count_channels(setups), frames),
      pointers_(static_cast<std::size_t>(audio_.channel_count())) {
    std::size_t first = 0;
    for (const BusSetup &setup : setups) {
        buses_.push_back({first, setup.channels.size(), false});
        first += setup.channels.size();
    }
}

void Sidechains::forget() noexcept {
    for (Place &place : buses_)
        place.kept = false;
}

void Sidechains::keep(int bus, const float *const *inputs, int frames) noexcept {
    Place &place = buses_[static_cast<std::size_t>(bus)];
    if (place.kept)
        return;
    place.kept = true;
    for (std::size_t c = place.first; c < place.first + place.count; ++c)
        std::copy_n(inputs[c], frames, audio_.channels()[c]);
}

dsp::AudioBlock Sidechains::of(int bus, int offset, int frames) noexcept {
    const Place &place = buses_[static_cast<std::size_t>(bus)];
    for (std::size_t c = place.first; c < place.first + place.count; ++c)
        pointers_[c] = audio_.channels()[c] + offset;
    return {pointers_.data() + place.first, static_cast<int>(place.count), frames};
}

} // namespace headroom::engine
