// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/midi_map.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace headroom::midi {

/// A short message, at its frame of the cycle in which it came.
struct Event {
    static constexpr std::size_t kMostBytes = 3;
    std::uint32_t frame = 0;
    std::uint8_t size = 0;
    std::array<std::uint8_t, kMostBytes> data{};
    std::span<const std::uint8_t> bytes() const noexcept { return std::span(data).first(size); }
};

/// A control that was moved.
struct Movement {
    MidiControl control; ///< its channel is never kAnyChannel
    int value = 0;       ///< 0..maximum
    int maximum = 127;

    /// Of the control's way, 0..1.
    float position() const noexcept {
        return static_cast<float>(value) / static_cast<float>(maximum);
    }
    /// Of a button or key.
    bool is_press() const noexcept {
        return control.kind == MidiControl::Kind::note ? value > 0 : 2 * value > maximum;
    }
};

} // namespace headroom::midi
