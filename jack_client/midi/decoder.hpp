// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/midi/event.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace headroom::midi {

/// Tells from the messages of a stream which controls were moved, and keeps what a later message
/// refines: 14 bits in two controllers, and the parameter number that a data entry is for. Takes
/// any bytes; what is no whole message about a control is nothing. Real-time safe.
class Decoder {
  public:
    /// A controller of 7 bits may be half of one of 14.
    static constexpr std::size_t kMostMovements = 2;
    using Movements = std::array<Movement, kMostMovements>;

    /// What selects a parameter number: a control as well, but hardly one that somebody moves.
    static constexpr bool is_selection(const MidiControl &control) noexcept {
        return control.kind == MidiControl::Kind::control_change && control.number >= 98 &&
               control.number <= 101;
    }

    /// Returns how many there are.
    std::size_t decode(std::span<const std::uint8_t> message, Movements &out) noexcept;

  private:
    static constexpr std::uint8_t kUnknown = 0xff;
    /// A value in two parts. MIDI 1.0: a new first part begins at 0 in the second, and a controller
    /// may leave the second out altogether.
    struct Pair {
        std::uint8_t msb = kUnknown;
        bool is_fine = false; ///< its second part has been seen
    };
    struct Channel {
        std::array<Pair, 32> controllers;
        bool is_rpn = false;
        std::uint8_t number_msb = kUnknown;
        std::uint8_t number_lsb = kUnknown;
        Pair data;
        int data_value = -1; ///< -1 before the first data entry

        bool has_number() const noexcept {
            return number_msb < 0x80 && number_lsb < 0x80 &&
                   !(number_msb == 0x7f && number_lsb == 0x7f);
        }
    };
    std::size_t control_change(int channel, std::uint8_t number, std::uint8_t value,
                               Movements &out) noexcept;
    static bool select_number(Channel &channel, std::uint8_t number, std::uint8_t value) noexcept;
    static bool enter_data(Channel &channel, int channel_number, std::uint8_t number,
                           std::uint8_t value, Movement &out) noexcept;

    std::array<Channel, 16> channels_;
};

} // namespace headroom::midi
