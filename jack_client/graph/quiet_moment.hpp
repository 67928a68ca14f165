// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>

namespace headroom::graph {

/// When to ask the server what is due: as soon as nothing has happened for a moment, and not much
/// later in any case. While links change, JACK2 answers a question about links after a period or
/// more only, and an application that connects itself would be heard meanwhile.
inline std::chrono::steady_clock::time_point
quiet_moment(std::chrono::steady_clock::time_point due,
             std::chrono::steady_clock::time_point last_event) {
    constexpr std::chrono::milliseconds kQuietTime{100};
    constexpr std::chrono::milliseconds kLongestDelay{1000};
    return std::max(due, std::min(last_event + kQuietTime, due + kLongestDelay));
}

} // namespace headroom::graph
