// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/parameter.hpp"
#include "jack_client/engine/spsc_ring.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace headroom::midi {
class ControlTable;
}

namespace headroom::engine {

struct Structure;
class Strip;

/// One thing that the control thread wants of the process thread.
struct Command {
    enum class Kind : std::uint8_t {
        set_value,
        replace_structure,
        reset_meters,
        open_strip,
        close_strip,
        set_strip_value,
        replace_midi,
    };

    std::uint64_t frame = 0; ///< of the stream, at which it holds; a past frame means at once
    Kind kind = Kind::set_value;
    std::int16_t bus = 0;
    ParameterId parameter;              ///< of set_value and set_strip_value
    float value = 0.0f;                 ///< of set_value and set_strip_value
    Structure *structure = nullptr;     ///< of replace_structure; ownership goes along
    std::int16_t slot = 0;              ///< of open_strip and close_strip
    std::int16_t strip_index = 0;       ///< of set_strip_value: of the strip's name
    Strip *strip = nullptr;             ///< of open_strip; ownership goes along
    midi::ControlTable *midi = nullptr; ///< of replace_midi; ownership goes along
};

/// Brings commands from the control thread to the process thread, each at its frame. Holds a fixed
/// number of them, on the way and waiting for their frame together; never allocates or waits.
class ParameterFeed {
  public:
    static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

    /// Not real-time safe.
    explicit ParameterFeed(std::size_t capacity);

    // Control thread ----------------------------------------------------------------------------

    /// How many more commands fit.
    std::size_t room() const noexcept;

    /// All of the commands, seen by the process thread together, or none where there is no room.
    bool send(std::span<const Command> commands) noexcept;

    // Process thread ----------------------------------------------------------------------------

    /// Takes in what was sent; `now` is the next frame of the stream.
    void receive(std::uint64_t now) noexcept;

    /// The next command that is due, by frame and then in the order of sending; false when none is.
    bool take(std::uint64_t now, Command &command) noexcept;

    /// When the next command is due, or kNever.
    std::uint64_t next_frame() const noexcept {
        return waiting_count_ == 0 ? kNever : waiting_.front().command.frame;
    }

  private:
    struct Waiting {
        Command command;
        std::uint64_t order = 0;
    };
    std::ptrdiff_t waiting_end() const noexcept {
        return static_cast<std::ptrdiff_t>(waiting_count_);
    }
    static bool later(const Waiting &a, const Waiting &b) noexcept;

    std::size_t capacity_;
    SpscRing<Command> ring_;
    std::uint64_t sent_ = 0;              ///< by the control thread
    std::atomic<std::uint64_t> taken_{0}; ///< by the process thread
    std::vector<Waiting> waiting_; ///< heap, earliest first; only waiting_count_ of them count
    std::size_t waiting_count_ = 0;
    std::uint64_t received_ = 0;
};

} // namespace headroom::engine
