// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/spsc_ring.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace headroom::engine {

/// Brings MIDI messages between the process thread, which has the ports, and the control thread.
class MidiBridge {
  public:
    struct Heard {
        std::uint64_t frame = 0; ///< of the stream
        std::uint8_t size = 0;
        std::array<std::uint8_t, 3> data{};
        std::span<const std::uint8_t> bytes() const noexcept { return std::span(data).first(size); }
    };
    struct Said {
        static constexpr std::size_t kMostBytes = 255;
        std::uint8_t size = 0;
        std::array<std::uint8_t, kMostBytes> data{};
        std::span<const std::uint8_t> bytes() const noexcept { return std::span(data).first(size); }
    };

    // Process thread, real-time safe ------------------------------------------------------------

    /// What the control thread has no room for is lost to it, and counted.
    void hear(const Heard &message) noexcept {
        if (!heard_.push(message))
            lost_.fetch_add(1, std::memory_order_relaxed);
    }
    bool next_to_send(Said &message) noexcept { return said_.pop(message); }

    // Control thread ----------------------------------------------------------------------------

    bool next_heard(Heard &message) noexcept { return heard_.pop(message); }

    /// False where there is no room, or the message is too long.
    bool say(std::span<const std::uint8_t> message) noexcept {
        Said said{.size = static_cast<std::uint8_t>(message.size())};
        if (message.empty() || message.size() > Said::kMostBytes)
            return false;
        std::copy(message.begin(), message.end(), said.data.begin());
        return said_.push(said);
    }

    // Any thread --------------------------------------------------------------------------------

    std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

    /// Something was connected to the output.
    void note_connection() noexcept { connections_.fetch_add(1, std::memory_order_release); }
    /// How often that has been.
    std::uint64_t connections() const noexcept {
        return connections_.load(std::memory_order_acquire);
    }

  private:
    SpscRing<Heard> heard_{8192};
    SpscRing<Said> said_{256};
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<std::uint64_t> connections_{0};
};

} // namespace headroom::engine
