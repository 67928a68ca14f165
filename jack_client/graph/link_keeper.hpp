// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/graph_view.hpp"
#include "jack_client/graph/port_graph.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

using TimePoint = std::chrono::steady_clock::time_point;

/// How soon operations are verified.
constexpr std::chrono::milliseconds kVerifyTime{50};

/// Keeps wanted links made, and unmakes those it made itself when they are no longer wanted. A
/// link that somebody else takes away stays away until one of its ports ends. Links belong to
/// owners, such as an application, each with its own wishes.
class LinkKeeper {
  public:
    explicit LinkKeeper(PortGraph &graph) : graph_(graph) {}

    /// Brings the links of an owner closer to `wanted`. Returns when to call again without an
    /// event.
    std::optional<TimePoint> keep(const std::string &owner, const std::set<Link> &wanted,
                                  const GraphView &view);

    /// A port has ended: what is known of its links goes with it.
    void forget_port(const std::string &port);
    /// The owner has ended: what somebody took away from it may be made when it returns.
    void forgive(const std::string &owner);
    /// The owner's links stay as they are, and are nobody's of ours.
    void forget_owner(const std::string &owner) { owners_.erase(owner); }
    void forget_everything() { owners_.clear(); }

    /// Tries again what the server did not do: all, or what it refused at a port that has just
    /// come. A client's ports come when it starts to work, and until then it cannot be connected.
    void try_again();
    void try_again(const std::string &port);

    bool made(const std::string &owner, const Link &link) const;
    bool broken_by_user(const std::string &owner, const Link &link) const;

    /// A link that the server does not make, however often it is asked. It is still asked, now and
    /// then.
    struct GivenUp {
        Link link;
        bool is_accepted; ///< it says that it does
    };
    std::vector<GivenUp> given_up(const std::string &owner) const;
    /// Whether the server does not make a link from the port, after more than one attempt.
    bool fails(const std::string &owner, const std::string &port) const;

  private:
    struct Kept {
        bool ours = false; ///< asked for by us, so ours to take away
        bool seen = false;
        bool broken = false;
        bool accepted = false; ///< when it was asked for last
        bool given_up = false; ///< asked for often enough to say so
        int attempts = 0;      ///< since it was last seen
        TimePoint wait_until{};
    };

    void unmake(const Link &link, Kept &kept, const GraphView &view);
    void make(const Link &link, Kept &kept);

    using Links = std::map<Link, Kept>;

    const Kept *find(const std::string &owner, const Link &link) const;

    PortGraph &graph_;
    std::map<std::string, Links> owners_;
};

} // namespace headroom::graph
