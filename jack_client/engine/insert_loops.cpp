// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/insert_loops.hpp"

#include "jack_client/engine/input_scrub.hpp"

#include <algorithm>

namespace headroom::engine {

InsertLoops::InsertLoops(const std::vector<BusSetup> &setups, int frames) {
    for (const BusSetup &setup : setups) {
        const auto channels = static_cast<int>(setup.channels.size());
        loops_.push_back({AudioBuffer(channels, frames), AudioBuffer(channels, frames),
                          std::vector<float *>(setup.channels.size()),
                          std::vector<float *>(setup.channels.size())});
    }
}

void InsertLoops::take(std::span<const BusPatch> patches, int offset, int frames) noexcept {
    for (std::size_t bus = 0; bus < loops_.size(); ++bus) {
        Loop &loop = loops_[bus];
        const BusPatch patch = bus < patches.size() ? patches[bus] : BusPatch{};
        loop.has_send = patch.send != nullptr;
        loop.complete = loop.has_send && patch.insert_return != nullptr;
        if (loop.complete)
            for (int c = 0; c < loop.from_loop.channel_count(); ++c)
                scrub(patch.insert_return[c] + offset, loop.from_loop.channels()[c], frames);
    }
}

InsertLoop InsertLoops::of(int bus, int offset, int frames) noexcept {
    Loop &loop = loops_[static_cast<std::size_t>(bus)];
    if (!loop.has_send)
        return {};
    for (std::size_t c = 0; c < loop.send_pointers.size(); ++c) {
        loop.send_pointers[c] = loop.send.channels()[c] + offset;
        loop.from_loop_pointers[c] = loop.from_loop.channels()[c] + offset;
    }
    const auto channels = static_cast<int>(loop.send_pointers.size());
    return {{loop.send_pointers.data(), channels, frames},
            {loop.from_loop_pointers.data(), channels, frames},
            loop.complete};
}

void InsertLoops::give(std::span<const BusPatch> patches, int offset, int frames) noexcept {
    for (std::size_t bus = 0; bus < std::min(loops_.size(), patches.size()); ++bus)
        if (loops_[bus].has_send)
            for (int c = 0; c < loops_[bus].send.channel_count(); ++c)
                std::copy_n(loops_[bus].send.channels()[c], frames, patches[bus].send[c] + offset);
}

} // namespace headroom::engine
