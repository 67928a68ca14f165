// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/port_graph.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

using TimePoint = std::chrono::steady_clock::time_point;

/// The graph as one look saw it.
struct GraphView {
    std::set<std::string> ports;
    std::set<Link> links;

    explicit GraphView(const Snapshot &snapshot);
    GraphView() = default;
    bool could_link(const Link &link) const {
        return ports.contains(link.from) && ports.contains(link.to);
    }
};

/// Keeps wanted links made, and unmakes those it made itself when they are no longer wanted. A
/// link that somebody else takes away stays away until one of its ports ends.
class LinkKeeper {
  public:
    explicit LinkKeeper(PortGraph &graph) : graph_(graph) {}

    /// Brings the graph closer to `wanted`; call with a fresh view.
    void keep(const std::set<Link> &wanted, const GraphView &view);

    /// A port has ended: what is known of its links goes with it.
    void forget_port(const std::string &port);
    void forget_everything() { kept_.clear(); }

    /// Tries again what the server did not do.
    void try_again();

    bool made(const Link &link) const;
    bool broken_by_user(const Link &link) const;

    /// Links that the server does not make, however often it is asked.
    std::vector<Link> given_up() const;

    /// When keep() should be called again without an event.
    std::optional<TimePoint> next_look() const;

  private:
    struct Kept {
        bool ours = false; ///< asked for by us, so ours to take away
        bool seen = false;
        bool broken = false;
        int attempts = 0; ///< since it was last seen
        TimePoint wait_until{};
    };

    void unmake(const Link &link, Kept &kept, const GraphView &view);
    void make(const Link &link, Kept &kept);
    static bool is_given_up(const Kept &kept);

    PortGraph &graph_;
    std::map<Link, Kept> kept_;
};

} // namespace headroom::graph
