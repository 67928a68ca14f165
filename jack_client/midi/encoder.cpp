// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/midi/encoder.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::midi {

namespace {

std::uint8_t low_bits(int value) {
    return static_cast<std::uint8_t>(value & 0x7f);
}

std::uint8_t high_bits(int value) {
    return static_cast<std::uint8_t>(value >> 7 & 0x7f);
}

/// Places of a Mackie ring, and what stands before their number.
struct RingStyle {
    int mode;
    int places;
};

RingStyle ring_style(MidiDisplay display) {
    switch (display) {
    case MidiDisplay::boost:
        return {0x10, 11};
    case MidiDisplay::wrap:
        return {0x20, 11};
    case MidiDisplay::spread:
        return {0x30, 6};
    default:
        return {0x00, 11};
    }
}

} // namespace

std::vector<Message> encode(const MidiControl &control, int value) {
    using enum MidiControl::Kind;
    const int channel = std::max(control.channel, 1) - 1;
    const auto status = [&](int kind) { return static_cast<std::uint8_t>(kind | channel); };
    const auto controller = [&](int number, std::uint8_t data) {
        return Message{status(0xb0), low_bits(number), data};
    };
    const bool is_rpn = control.kind == rpn;
    switch (control.kind) {
    case control_change:
        return {controller(control.number, low_bits(value))};
    case control_change_14:
        return {controller(control.number, high_bits(value)),
                controller(control.number + 32, low_bits(value))};
    case nrpn:
    case rpn:
        return {controller(is_rpn ? 101 : 99, high_bits(control.number)),
                controller(is_rpn ? 100 : 98, low_bits(control.number)),
                controller(6, high_bits(value)), controller(38, low_bits(value))};
    case pitch_bend:
        return {{status(0xe0), low_bits(value), high_bits(value)}};
    case note:
        return {{status(0x90), low_bits(control.number), low_bits(value)}};
    case pressure:
        return {{status(0xd0), low_bits(value)}};
    case program:
        return {{status(0xc0), low_bits(value)}};
    }
    return {};
}

int shown_value(const MidiFeedback &feedback, float position) {
    const auto place = [position](int last) {
        return static_cast<int>(
            std::lround(std::clamp(position, 0.0f, 1.0f) * static_cast<float>(last)));
    };
    if (feedback.display == MidiDisplay::plain) {
        const int way = feedback.high - feedback.low;
        return feedback.low + (way < 0 ? -place(-way) : place(way));
    }
    const RingStyle style = ring_style(feedback.display);
    return style.mode + 1 + place(style.places - 1);
}

} // namespace headroom::midi
