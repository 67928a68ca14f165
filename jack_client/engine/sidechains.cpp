// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/sidechains.hpp"

#include "jack_client/engine/input_scrub.hpp"

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
    : audio_(2 * count_channels(setups), frames),
      pointers_(static_cast<std::size_t>(audio_.channel_count())) {
    std::size_t first = 0;
    for (int ports = 0; ports < 2; ++ports)
        for (const BusSetup &setup : setups) {
            places_.push_back({first, setup.channels.size(), false});
            first += setup.channels.size();
        }
}

int Sidechains::place(int bus, int source) const noexcept {
    return source == kOwnPorts ? static_cast<int>(bus_count()) + bus : source;
}

int Sidechains::channel_count(int place) const noexcept {
    return place == kOwnInput ? 0
                              : static_cast<int>(places_[static_cast<std::size_t>(place)].count);
}

void Sidechains::forget() noexcept {
    for (Place &place : places_)
        place.kept = false;
}

void Sidechains::keep(int place, const float *const *inputs, std::span<const BusPatch> ports,
                      int offset, int frames) noexcept {
    const auto index = static_cast<std::size_t>(place);
    Place &to = places_[index];
    if (to.kept)
        return;
    to.kept = true;
    float *const *audio = audio_.channels() + to.first;
    const std::size_t bus = index % bus_count();
    if (index < bus_count())
        for (std::size_t c = 0; c < to.count; ++c)
            std::copy_n(inputs[to.first + c], frames, audio[c]);
    else if (bus < ports.size() && ports[bus].sidechain != nullptr)
        for (std::size_t c = 0; c < to.count; ++c)
            scrub(ports[bus].sidechain[c] + offset, audio[c], frames);
    else
        for (std::size_t c = 0; c < to.count; ++c)
            std::fill_n(audio[c], frames, 0.0f);
}

dsp::AudioBlock Sidechains::of(int place, int offset, int frames) noexcept {
    const Place &from = places_[static_cast<std::size_t>(place)];
    for (std::size_t c = from.first; c < from.first + from.count; ++c)
        pointers_[c] = audio_.channels()[c] + offset;
    return {pointers_.data() + from.first, static_cast<int>(from.count), frames};
}

} // namespace headroom::engine
