// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"

#include <vector>

namespace headroom::engine {

/// A part of a channel that goes to another.
struct ChannelSend {
    Channel to;
    float gain_lin;
    bool operator==(const ChannelSend &) const = default;
};

/// Where a channel of an application goes in its bus. A channel that the bus has goes there as it
/// is, mono to both front channels, and side and rear stand in for each other. What the bus has no
/// place for is mixed down as in ITU-R BS.775-4, table 2: the centre and the surrounds at -3 dB
/// into the front, all of them but the centre into mono, the surrounds there at -6 dB, and LFE
/// nowhere. 7.1, which that table does not know, is brought to 5.1 first: rear at -3 dB, with side
/// at -3 dB, into the one pair that there is. Not real-time safe.
std::vector<ChannelSend> sends_of(Channel channel, const ChannelLayout &application,
                                  const ChannelLayout &bus);

} // namespace headroom::engine
