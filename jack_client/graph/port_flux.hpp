// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/link_keeper.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

/// Tells which clients are just opening or closing their ports, one after the other. A client that
/// never comes to rest is in flux for a moment only.
class PortFlux {
  public:
    /// A port that the view has is no news.
    void note(const std::vector<Event> &events, const GraphView &view);
    /// Ends what is over.
    void settle(TimePoint now);
    void forget_everything() { changes_.clear(); }

    bool contains(const std::string &client) const { return changes_.contains(client); }

    /// When each of the clients will be at rest, if it stays as it is.
    std::set<std::pair<TimePoint, std::string>> ends() const;

  private:
    struct Change {
        TimePoint first;
        TimePoint last;
        TimePoint end() const;
    };
    std::map<std::string, Change> changes_; ///< by client
};

} // namespace headroom::graph
