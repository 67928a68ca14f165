// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/channels.hpp"

#include <algorithm>

namespace headroom {

std::string_view symbol(Channel channel) {
    switch (channel) {
    case Channel::mono:
        return "MONO";
    case Channel::fl:
        return "FL";
    case Channel::fr:
        return "FR";
    case Channel::fc:
        return "FC";
    case Channel::lfe:
        return "LFE";
    case Channel::sl:
        return "SL";
    case Channel::sr:
        return "SR";
    case Channel::rl:
        return "RL";
    case Channel::rr:
        return "RR";
    }
    return "";
}

std::optional<Channel> find_channel(std::string_view name) {
    using enum Channel;
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    for (Channel channel : {mono, fl, fr, fc, lfe, sl, sr, rl, rr}) {
        const std::string_view known = symbol(channel);
        if (std::equal(name.begin(), name.end(), known.begin(), known.end(),
                       [upper](char x, char y) { return upper(x) == y; }))
            return channel;
    }
    return std::nullopt;
}

std::optional<ChannelLayout> find_layout(std::string_view name) {
    using enum Channel;
    if (name == "mono")
        return ChannelLayout{mono};
    if (name == "stereo")
        return ChannelLayout{fl, fr};
    if (name == "5.1")
        return ChannelLayout{fl, fr, fc, lfe, sl, sr};
    if (name == "7.1")
        return ChannelLayout{fl, fr, fc, lfe, rl, rr, sl, sr};
    return std::nullopt;
}

float loudness_weight(Channel channel) {
    switch (channel) {
    case Channel::sl:
    case Channel::sr:
    case Channel::rl:
    case Channel::rr:
        return 1.41f;
    case Channel::lfe:
        return 0.0f;
    default:
        return 1.0f;
    }
}

} // namespace headroom
