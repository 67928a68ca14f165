// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/parameter_feed.hpp"

#include <algorithm>

namespace headroom::engine {

ParameterFeed::ParameterFeed(std::size_t capacity)
    : capacity_(capacity), ring_(capacity), waiting_(capacity) {}

std::size_t ParameterFeed::room() const noexcept {
    return capacity_ - static_cast<std::size_t>(sent_ - taken_.load(std::memory_order_acquire));
}

bool ParameterFeed::send(std::span<const Command> commands) noexcept {
    if (commands.size() > room() || !ring_.push(commands))
        return false;
    sent_ += commands.size();
    return true;
}

void ParameterFeed::receive(std::uint64_t now) noexcept {
    Command command;
    while (waiting_count_ < capacity_ && ring_.pop(command)) {
        // What is late holds now, after everything that was due before.
        command.frame = std::max(command.frame, now);
        waiting_[waiting_count_++] = {command, received_++};
        std::push_heap(waiting_.begin(), waiting_.begin() + waiting_end(), later);
    }
}

bool ParameterFeed::take(std::uint64_t now, Command &command) noexcept {
    if (next_frame() > now)
        return false;
    std::pop_heap(waiting_.begin(), waiting_.begin() + waiting_end(), later);
    command = waiting_[--waiting_count_].command;
    taken_.fetch_add(1, std::memory_order_release);
    return true;
}

bool ParameterFeed::later(const Waiting &a, const Waiting &b) noexcept {
    return a.command.frame != b.command.frame ? a.command.frame > b.command.frame
                                              : a.order > b.order;
}

} // namespace headroom::engine
