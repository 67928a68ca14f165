// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/downmix.hpp"

#include <algorithm>

namespace headroom::engine {

namespace {

using enum Channel;

constexpr float kMinus3dB = 0.70710678f;
constexpr float kMinus6dB = 0.5f;

bool has(const ChannelLayout &layout, Channel channel) {
    return std::find(layout.begin(), layout.end(), channel) != layout.end();
}

bool is_surround(Channel channel) {
    return channel == sl || channel == sr || channel == rl || channel == rr;
}

/// Side and rear stand in for each other.
Channel stand_in(Channel channel) {
    switch (channel) {
    case sl:
        return rl;
    case sr:
        return rr;
    case rl:
        return sl;
    default:
        return sr;
    }
}

std::vector<ChannelSend> into_mono(Channel channel, const ChannelLayout &application) {
    if (channel == lfe)
        return {};
    if (is_surround(channel))
        return {{mono, kMinus6dB}};
    const bool is_pair = has(application, fl) && has(application, fr);
    return {{mono, channel != fc && is_pair ? kMinus3dB : 1.0f}};
}

} // namespace

std::vector<ChannelSend> sends_of(Channel channel, const ChannelLayout &application,
                                  const ChannelLayout &bus) {
    const Channel twin = is_surround(channel) ? stand_in(channel) : channel;
    const bool is_one_of_four = twin != channel && has(application, twin);
    const bool keeps_both = has(bus, channel) && has(bus, twin);
    const float share_lin = is_one_of_four && !keeps_both ? kMinus3dB : 1.0f;
    std::vector<ChannelSend> out;
    if (has(bus, channel)) {
        out = {{channel, 1.0f}};
    } else if (twin != channel && has(bus, twin)) {
        out = {{twin, 1.0f}};
    } else if (has(bus, mono)) {
        out = into_mono(channel, application);
    } else if (channel == mono || channel == fc) {
        const float gain_lin = channel == mono ? 1.0f : kMinus3dB;
        for (const Channel front : {fl, fr})
            if (has(bus, front))
                out.push_back({front, gain_lin});
        if (out.empty() && has(bus, fc))
            out = {{fc, 1.0f}};
    } else if (is_surround(channel)) {
        const Channel front = channel == sl || channel == rl ? fl : fr;
        if (has(bus, front))
            out = {{front, kMinus3dB}};
    }
    for (ChannelSend &send : out)
        send.gain_lin *= share_lin;
    return out;
}

} // namespace headroom::engine
