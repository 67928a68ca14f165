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

/// Weight of each channel by where its loudspeaker stands (ITU-R BS.1770-5, annex 3): 1.41 for
/// those 60 to 120 degrees to the side, 0 for LFE, else 1. Those are SL and SR; and RL and RR where
/// they are the only surrounds, as in the 5.1 of many systems. Behind SL and SR they stand at 135
/// degrees or more.
std::vector<float> loudness_weights(const ChannelLayout &channels);

} // namespace headroom
