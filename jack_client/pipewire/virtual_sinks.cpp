// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/virtual_sinks.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace headroom::pipewire {

namespace {

/// How long an application may be away and find its sink again: longer than its strip is kept.
constexpr std::chrono::seconds kReturnTime{2};

/// As the drop-in of the Headroom Sink has it, but never the default.
std::string virtual_sink_properties(const graph::VirtualSink &sink) {
    std::string node;
    for (const char c : sink.name.substr(0, sink.name.size() - 1))
        if (std::isalnum(static_cast<unsigned char>(c)))
            node += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!node.ends_with('-'))
            node += '-';
    // A bus hears full level (see VolumeKeys); a strip's sink is a fader before it.
    const bool is_of_a_bus = sink.name.starts_with(graph::kHeadroomSink);
    std::string position;
    for (const Channel channel : sink.channels)
        position += " " + std::string(symbol(channel));
    return "{ factory.name = support.null-audio-sink node.name = \"" + node +
           "\" node.description = \"" + sink.name +
           "\" media.class = Audio/Sink audio.position = [" + position +
           " ] monitor.channel-volumes = " + (is_of_a_bus ? "false" : "true") +
           " monitor.passthrough = true state.restore-props = false priority.session = 0 "
           "priority.driver = 0 }";
}

} // namespace

VirtualSinks::VirtualSinks(Connection &pipewire, control::EventLoop &loop)
    : pipewire_(pipewire), loop_(loop), event_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event_fd_ < 0)
        throw std::system_error(errno, std::generic_category(), "eventfd");
    wishing_ = loop.on_readable(event_fd_, [this] {
        eventfd_t ignored = 0;
        eventfd_read(event_fd_, &ignored);
        follow();
    });
}

VirtualSinks::~VirtualSinks() {
    wishing_.end();
    close(event_fd_);
}

void VirtualSinks::keep_sinks(const std::set<graph::VirtualSink> &sinks) {
    const std::lock_guard lock(mutex_);
    if (wanted_ == sinks)
        return;
    wanted_ = sinks;
    eventfd_write(event_fd_, 1);
}

void VirtualSinks::follow() {
    const auto wanted = [this] {
        const std::lock_guard lock(mutex_);
        return wanted_;
    }();
    const auto now = loop_.now();
    auto next = Clock::time_point::max();
    for (auto it = entries_.begin(); it != entries_.end();) {
        auto &[sink, entry] = *it;
        entry.unwanted_since =
            wanted.contains(sink) ? Clock::time_point::max() : std::min(entry.unwanted_since, now);
        const bool is_over = entry.node->has_ended() || now - kReturnTime >= entry.unwanted_since;
        if (!is_over && !wanted.contains(sink))
            next = std::min(next, entry.unwanted_since + kReturnTime);
        it = is_over ? entries_.erase(it) : std::next(it);
    }
    if (pipewire_.generation() != 0)
        for (const graph::VirtualSink &sink : wanted)
            if (!entries_.contains(sink))
                entries_.emplace(sink, Entry{pipewire_.create_node(virtual_sink_properties(sink))});
    ending_.end();
    if (next != Clock::time_point::max())
        ending_ = loop_.on_timer(next - now, [this] {
            follow();
            return std::chrono::nanoseconds(-1);
        });
}

} // namespace headroom::pipewire
