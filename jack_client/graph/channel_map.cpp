// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/channel_map.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace headroom::graph {

namespace {

constexpr std::array<std::pair<std::string_view, Channel>, 15> kNames{{
    {"mono", Channel::mono},
    {"fl", Channel::fl},
    {"left", Channel::fl},
    {"l", Channel::fl},
    {"fr", Channel::fr},
    {"right", Channel::fr},
    {"r", Channel::fr},
    {"fc", Channel::fc},
    {"center", Channel::fc},
    {"centre", Channel::fc},
    {"lfe", Channel::lfe},
    {"sl", Channel::sl},
    {"sr", Channel::sr},
    {"rl", Channel::rl},
    {"rr", Channel::rr},
}};

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_upper(char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}

/// The letters at the end of a name, from the last change of case on: "out_left" and "outL" end
/// in "left" and "l".
std::string last_word(std::string_view name) {
    std::size_t begin = name.size();
    while (begin > 0 && is_letter(name[begin - 1])) {
        --begin;
        const bool starts_word = is_upper(name[begin]) && begin > 0 && is_letter(name[begin - 1]) &&
                                 !is_upper(name[begin - 1]);
        if (starts_word)
            break;
    }
    std::string word(name.substr(begin));
    std::transform(word.begin(), word.end(), word.begin(), lower);
    return word;
}

bool has_duplicates(const ChannelLayout &channels) {
    return std::set<Channel>(channels.begin(), channels.end()).size() != channels.size();
}

/// Each channel once, or several pairs of the same channels ("a_L", "a_R", "b_L", "b_R").
bool are_equal_sets(const ChannelLayout &channels) {
    const std::set<Channel> different(channels.begin(), channels.end());
    return different.size() == channels.size() ||
           (different.size() > 1 &&
            std::all_of(different.begin(), different.end(), [&](Channel channel) {
                return static_cast<std::size_t>(
                           std::count(channels.begin(), channels.end(), channel)) *
                           different.size() ==
                       channels.size();
            }));
}

std::optional<Channel> stand_in(Channel channel) {
    switch (channel) {
    case Channel::sl:
        return Channel::rl;
    case Channel::sr:
        return Channel::rr;
    case Channel::rl:
        return Channel::sl;
    case Channel::rr:
        return Channel::sr;
    case Channel::fl:
    case Channel::fr:
    case Channel::fc:
        return Channel::mono;
    default:
        return std::nullopt;
    }
}

bool contains(const ChannelLayout &channels, Channel channel) {
    return std::find(channels.begin(), channels.end(), channel) != channels.end();
}

/// Where a channel goes among those that there are.
ChannelLayout destinations_of(Channel channel, const ChannelLayout &available) {
    if (contains(available, channel))
        return {channel};
    if (channel == Channel::mono)
        return {Channel::fl, Channel::fr};
    if (const auto other = stand_in(channel); other && contains(available, *other))
        return {*other};
    return {};
}

} // namespace

std::optional<Channel> channel_named_by(std::string_view short_name) {
    const std::string word = last_word(short_name);
    for (const auto &[name, channel] : kNames)
        if (word == name)
            return channel;
    return std::nullopt;
}

std::optional<ChannelLayout> channels_of(const std::vector<std::string> &short_names,
                                         const ChannelLayout &layout) {
    ChannelLayout named;
    for (const std::string &name : short_names)
        if (const auto channel = channel_named_by(name))
            named.push_back(*channel);
    const bool all_named = named.size() == short_names.size();
    if (all_named && are_equal_sets(named))
        return named;
    if (short_names.size() > layout.size())
        return std::nullopt;
    if (short_names.size() == 1)
        return ChannelLayout{Channel::mono};
    // Where names tell some of the channels only, the other ports take what is left in its order.
    const bool names_hold = !has_duplicates(named) &&
                            std::all_of(named.begin(), named.end(),
                                        [&](Channel channel) { return contains(layout, channel); });
    ChannelLayout left = layout;
    if (names_hold)
        std::erase_if(left, [&](Channel channel) { return contains(named, channel); });
    ChannelLayout out;
    auto next = left.begin();
    for (const std::string &name : short_names) {
        const auto channel = names_hold ? channel_named_by(name) : std::nullopt;
        out.push_back(channel ? *channel : *next++);
    }
    return out;
}

std::vector<Link> link_channels(const std::vector<std::string> &sources,
                                const ChannelLayout &source_channels,
                                const std::vector<std::string> &destinations,
                                const ChannelLayout &destination_channels) {
    std::vector<Link> links;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const ChannelLayout wanted = destinations_of(source_channels[i], destination_channels);
        for (std::size_t k = 0; k < destinations.size(); ++k)
            if (contains(wanted, destination_channels[k]))
                links.push_back({sources[i], destinations[k]});
    }
    return links;
}

} // namespace headroom::graph
