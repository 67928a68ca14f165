// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/midi/decoder.hpp"

#include <algorithm>

namespace headroom::midi {

namespace {

using enum MidiControl::Kind;

constexpr int kFine = 16383;

// Controllers that MIDI 1.0 reserves.
constexpr std::uint8_t kDataMsb = 6;
constexpr std::uint8_t kDataLsb = 38;
constexpr std::uint8_t kIncrement = 96;
constexpr std::uint8_t kDecrement = 97;
constexpr std::uint8_t kNrpnLsb = 98;
constexpr std::uint8_t kNrpnMsb = 99;
constexpr std::uint8_t kRpnLsb = 100;
constexpr std::uint8_t kRpnMsb = 101;

constexpr bool is_data(std::uint8_t byte) {
    return byte < 0x80;
}

Movement coarse(MidiControl control, std::uint8_t msb, bool is_fine) {
    return is_fine ? Movement{control, msb << 7, kFine} : Movement{control, msb, 127};
}

} // namespace

std::size_t Decoder::decode(std::span<const std::uint8_t> message, Movements &out) noexcept {
    if (message.size() < 2 || !is_data(message[1]) ||
        (message.size() > 2 && !is_data(message[2])) || message.size() > 3)
        return 0;
    const int channel = (message[0] & 0x0f) + 1;
    const int first = message[1];
    const bool is_short = message.size() == 2;
    switch (message[0] & 0xf0) {
    case 0xc0:
        if (!is_short)
            return 0;
        // By its number, and as a value of its own.
        out[0] = {{program, channel, first}, 127, 127};
        out[1] = {{program, channel, MidiControl::kAnyNumber}, first, 127};
        return 2;
    case 0xd0:
        if (!is_short)
            return 0;
        out[0] = {{pressure, channel}, first, 127};
        return 1;
    default:
        break;
    }
    if (is_short)
        return 0;
    switch (message[0] & 0xf0) {
    case 0x80:
        out[0] = {{note, channel, first}, 0, 127};
        return 1;
    case 0x90:
        out[0] = {{note, channel, first}, message[2], 127};
        return 1;
    case 0xb0:
        return control_change(channel, message[1], message[2], out);
    case 0xe0:
        out[0] = {{pitch_bend, channel}, first | (message[2] << 7), kFine};
        return 1;
    default:
        return 0;
    }
}

std::size_t Decoder::control_change(int channel, std::uint8_t number, std::uint8_t value,
                                    Movements &out) noexcept {
    Channel &state = channels_[static_cast<std::size_t>(channel - 1)];
    if (select_number(state, number, value)) {
        // Some devices use these for ordinary controls.
        out[0] = {{MidiControl::Kind::control_change, channel, number}, value, 127};
        return 1;
    }
    if (state.has_number() &&
        (number == kDataMsb || number == kDataLsb || number == kIncrement || number == kDecrement))
        return enter_data(state, channel, number, value, out[0]) ? 1 : 0;
    out[0] = {{MidiControl::Kind::control_change, channel, number}, value, 127};
    if (number >= 64)
        return 1;
    Pair &pair = state.controllers[number % 32];
    const MidiControl fine{control_change_14, channel, number % 32};
    if (number < 32) {
        pair.msb = value;
        out[1] = coarse(fine, value, pair.is_fine);
        return 2;
    }
    if (pair.msb == kUnknown)
        return 1;
    pair.is_fine = true;
    out[1] = {fine, pair.msb << 7 | value, kFine};
    return 2;
}

bool Decoder::select_number(Channel &channel, std::uint8_t number, std::uint8_t value) noexcept {
    if (number < kNrpnLsb || number > kRpnMsb)
        return false;
    const bool is_rpn = number >= kRpnLsb;
    if (is_rpn != channel.is_rpn) {
        channel.is_rpn = is_rpn;
        channel.number_msb = channel.number_lsb = kUnknown;
    }
    (number == kNrpnMsb || number == kRpnMsb ? channel.number_msb : channel.number_lsb) = value;
    channel.data = {.is_fine = channel.data.is_fine};
    channel.data_value = -1;
    return true;
}

bool Decoder::enter_data(Channel &channel, int channel_number, std::uint8_t number,
                         std::uint8_t value, Movement &out) noexcept {
    const MidiControl control{channel.is_rpn ? rpn : nrpn, channel_number,
                              channel.number_msb << 7 | channel.number_lsb};
    if (number == kDataMsb) {
        channel.data.msb = value;
        out = coarse(control, value, channel.data.is_fine);
        channel.data_value = value << 7;
        return true;
    }
    if (number == kDataLsb) {
        if (channel.data.msb == kUnknown)
            return false;
        channel.data.is_fine = true;
        channel.data_value = channel.data.msb << 7 | value;
    } else {
        if (channel.data_value < 0)
            return false;
        channel.data_value =
            std::clamp(channel.data_value + (number == kIncrement ? 1 : -1), 0, kFine);
        channel.data = {static_cast<std::uint8_t>(channel.data_value >> 7), true};
    }
    out = {control, channel.data_value, kFine};
    return true;
}

} // namespace headroom::midi
