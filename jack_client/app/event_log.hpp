// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/service.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace headroom::app {

/// Tells a log what happens to the program while nobody looks at it. The first event of each kind
/// is told at once; those that follow within ten seconds are told together when these are over. A
/// notice that others supersede meanwhile is left out.
class EventLog {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Say = std::function<void(const std::string &line, Priority priority)>;

    static constexpr std::chrono::seconds kInterval{10};

    /// Counts since the start, as they stand.
    struct Counts {
        std::uint64_t xruns = 0;
        std::uint64_t spikes = 0; ///< callbacks that took more than half a period
    };

    explicit EventLog(Say say) : say_(std::move(say)) {}

    /// notice: what the user should know now; may be empty.
    void look(const Counts &counts, const std::string &notice, TimePoint now);

  private:
    struct Count {
        std::uint64_t told = 0;
        TimePoint next{};
    };
    void tell(Count &kind, std::uint64_t count, const char *what, TimePoint now);

    Say say_;
    Count xruns_;
    Count spikes_;
    std::string notice_;
    TimePoint next_notice_{};
};

} // namespace headroom::app
