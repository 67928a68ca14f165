// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/midi_map.hpp"

#include <cstdint>
#include <vector>

namespace headroom::midi {

using Message = std::vector<std::uint8_t>;

/// The messages that a controller understands as the value, 0..control.maximum(), of the control.
std::vector<Message> encode(const MidiControl &control, int value);

/// The value that shows a position, 0..1, on the controller.
int shown_value(const MidiFeedback &feedback, float position);

} // namespace headroom::midi
