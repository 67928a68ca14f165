// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace headroom {

/// What a channel is for, by the names that JACK and PipeWire users know.
enum class Channel : std::uint8_t { mono, fl, fr, fc, lfe, sl, sr, rl, rr };

/// The channels of a bus, in port order.
using ChannelLayout = std::vector<Channel>;

/// "FL", "FR", "MONO", ...
std::string_view symbol(Channel channel);

/// The channel of that symbol, in capitals or not.
std::optional<Channel> find_channel(std::string_view symbol);

/// Layouts by name: "mono", "stereo", "5.1" (FL FR FC LFE SL SR), "7.1" (FL FR FC LFE RL RR SL SR).
std::optional<ChannelLayout> find_layout(std::string_view name);

/// BS.1770 weight of the channel: 1.41 for surrounds, 0 for LFE, else 1.
float loudness_weight(Channel channel);

} // namespace headroom
