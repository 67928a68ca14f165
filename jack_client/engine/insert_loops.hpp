// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/engine.hpp"

#include <span>
#include <vector>

namespace headroom::engine {

/// What goes out to and comes back from the insert of each bus in the current chunk. Returns are
/// taken before the first send is given, since their buffers may be the same. Belongs to the
/// process thread: everything but construction is real-time safe.
class InsertLoops {
  public:
    InsertLoops(const std::vector<BusSetup> &setups, int frames);

    /// Starts another chunk: the frames from `offset` on. patches: of every bus, or none.
    void take(std::span<const BusPatch> patches, int offset, int frames) noexcept;

    /// The loop of a bus from an offset into the chunk on. Holds until the next call for the same
    /// bus.
    InsertLoop of(int bus, int offset, int frames) noexcept;

    /// Ends the chunk.
    void give(std::span<const BusPatch> patches, int offset, int frames) noexcept;

  private:
    struct Loop {
        AudioBuffer send;
        AudioBuffer from_loop;
        std::vector<float *> send_pointers;
        std::vector<float *> from_loop_pointers;
        bool has_send = false;
        bool complete = false;
    };
    std::vector<Loop> loops_;
};

} // namespace headroom::engine
