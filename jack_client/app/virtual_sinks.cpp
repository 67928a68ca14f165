// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/virtual_sinks.hpp"

#include <cctype>

namespace headroom::app {

namespace {

using namespace std::chrono_literals;

/// How long an application may be away and find its sink again: longer than its strip is kept.
constexpr auto kReturnTime = 2s;

/// How soon what ended by itself, or could not be started, is started again.
constexpr auto kPause = 250ms;

/// As the drop-in of the Headroom Sink has it, but never the default.
std::string create_node(const graph::VirtualSink &sink) {
    std::string node;
    for (const char c : sink.name.substr(0, sink.name.size() - 1))
        if (std::isalnum(static_cast<unsigned char>(c)))
            node += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!node.ends_with('-'))
            node += '-';
    std::string position;
    for (const Channel channel : sink.channels)
        position += " " + std::string(symbol(channel));
    return "create-node adapter { factory.name = support.null-audio-sink node.name = \"" + node +
           "\" node.description = \"" + sink.name +
           "\" media.class = Audio/Sink audio.position = [" + position +
           " ] monitor.channel-volumes = true monitor.passthrough = true priority.session = 0 "
           "priority.driver = 0 }";
}

} // namespace

void VirtualSinks::keep_sinks(const std::set<graph::VirtualSink> &sinks) {
    const auto now = Clock::now();
    for (auto it = entries_.begin(); it != entries_.end();) {
        auto &[sink, entry] = *it;
        if (sinks.contains(sink))
            entry.wanted_at = now;
        const bool is_over = entry.owner.has_ended() || now - entry.wanted_at >= kReturnTime;
        it = is_over ? entries_.erase(it) : std::next(it);
    }
    for (const graph::VirtualSink &sink : sinks) {
        if (entries_.contains(sink) || now < try_again_)
            continue;
        try_again_ = now + kPause;
        auto owner = FedTool::start({"pw-cli"});
        if (owner && owner->write_line(create_node(sink))) {
            entries_.emplace(sink, Entry{std::move(*owner), now});
            try_again_ = {};
        }
    }
}

} // namespace headroom::app
