// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/parameter.hpp"
#include "jack_client/engine/retired.hpp"
#include "jack_client/midi/control_table.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace headroom::engine {

struct LimiterPart;
struct MidiTable;
struct MovablePart;
class Strip;

/// One thing that the control thread wants of the process thread.
struct Command {
    enum class Kind : std::uint8_t {
        set_value,
        replace_movable,
        replace_limiter,
        reset_meters,
        open_strip,
        close_strip,
        set_strip_value,
        replace_midi,
    };

    std::uint64_t frame = 0; ///< of the stream, at which it holds; a past frame means at once
    Kind kind = Kind::set_value;
    std::int16_t bus = 0;
    ParameterId parameter;          ///< of set_value and set_strip_value
    float value = 0.0f;             ///< of set_value and set_strip_value
    std::int16_t slot = 0;          ///< of open_strip and close_strip
    std::int16_t strip_index = 0;   ///< of set_strip_value: of the strip's name
    MovablePart *movable = nullptr; ///< of replace_movable; ownership goes along
    LimiterPart *limiter = nullptr; ///< of replace_limiter; ownership goes along
    Strip *strip = nullptr;         ///< of open_strip; ownership goes along
    MidiTable *midi = nullptr;      ///< of replace_midi; ownership goes along
};

/// The parameter of set_value and set_strip_value.
inline midi::Target target_of(const Command &command) noexcept {
    return command.kind == Command::Kind::set_strip_value
               ? midi::Target{.strip = command.strip_index, .parameter = command.parameter}
               : midi::Target{.bus = command.bus, .parameter = command.parameter};
}

/// Brings commands from the control thread to the process thread, each at its frame. Holds any
/// number of them. The process thread never allocates or waits.
class ParameterFeed {
  public:
    static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

    /// What the process thread is done with goes back through `returns`.
    explicit ParameterFeed(Returns &returns);
    /// Whatever a command owns must have been taken before.
    ~ParameterFeed();

    // Control thread ----------------------------------------------------------------------------

    /// All of the commands are seen by the process thread together. If it takes nothing for a
    /// while, commands without a frame that newer ones replace are left out; each of these goes to
    /// `superseded`, which deletes what it owns.
    void send(std::vector<Command> commands,
              const std::function<void(const Command &)> &superseded);

    // Process thread ----------------------------------------------------------------------------

    /// Takes in what was sent; `now` is the next frame of the stream.
    void receive(std::uint64_t now) noexcept;

    /// The next command that is due, by frame and then in the order of sending; false when none is.
    bool take(std::uint64_t now, Command &command) noexcept;

    /// When the next command is due, or kNever.
    std::uint64_t next_frame() const noexcept;

  private:
    struct Batch;
    struct Item {
        Command command;
        std::uint64_t order = 0; ///< of sending
        Batch *batch = nullptr;
        Item *child = nullptr;   ///< in the heap
        Item *sibling = nullptr; ///< in the heap, or the next in the line
    };
    struct Batch final : Retired {
        std::vector<Item> items;
        std::size_t left = 0; ///< not taken yet
        Batch *before = nullptr;
    };
    static bool later(const Item &a, const Item &b) noexcept;
    static Item *merged(Item *a, Item *b) noexcept;
    static Item *without_root(Item *root) noexcept;
    void publish(Batch *newest, Batch *oldest) noexcept;
    void push(std::vector<Item> items);
    void compact(const std::function<void(const Command &)> &superseded);
    Item *earliest() const noexcept;

    Returns &returns_;
    std::atomic<Batch *> sent_{nullptr};     ///< newest first
    std::atomic<std::uint64_t> received_{0}; ///< batches, by the process thread
    std::uint64_t batches_ = 0;              ///< control thread
    std::uint64_t compact_above_;            ///< batches on their way
    std::uint64_t order_ = 0;                ///< control thread
    Item *line_ = nullptr;                   ///< in the order of their frames, earliest first
    Item *line_end_ = nullptr;
    Item *heap_ = nullptr; ///< those that were sent out of that order
};

} // namespace headroom::engine
