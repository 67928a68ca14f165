// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/link_keeper.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>

namespace headroom::graph {

/// How long routed applications were linked straight to a sink. Links of one application that
/// overlap count once.
class RawTime {
  public:
    void linked(const std::string &application, const Link &link, TimePoint at);
    void unlinked(const std::string &application, const Link &link, TimePoint at);

    /// The application has ended, or is not routed any more.
    void end(const std::string &application, TimePoint at);

    /// It was the user's wish.
    void discard(const std::string &application) { running_.erase(application); }

    /// Ends the links that the view does not show, for events that never came.
    void settle(const GraphView &view, TimePoint now);

    std::chrono::steady_clock::duration total() const { return total_; }

  private:
    struct Running {
        std::set<Link> links;
        TimePoint since;
    };

    std::map<std::string, Running> running_;
    std::chrono::steady_clock::duration total_{};
};

} // namespace headroom::graph
