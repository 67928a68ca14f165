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

std::vector<float> loudness_weights(const ChannelLayout &channels) {
    using enum Channel;
    constexpr float kSide = 1.41f;
    const bool has_sides =
        std::any_of(channels.begin(), channels.end(), [](Channel c) { return c == sl || c == sr; });
    std::vector<float> weights;
    weights.reserve(channels.size());
    for (const Channel channel : channels) {
        if (channel == lfe)
            weights.push_back(0.0f);
        else if (channel == sl || channel == sr)
            weights.push_back(kSide);
        else if (channel == rl || channel == rr)
            weights.push_back(has_sides ? 1.0f : kSide);
        else
            weights.push_back(1.0f);
    }
    return weights;
}

} // namespace headroom
