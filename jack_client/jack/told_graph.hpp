// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/port_graph.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace headroom::jack {

/// The graph as a server's events tell it, and the events that nobody has taken yet. To read a
/// link from JACK2 is to wait for the next cycle where any link has just changed, and then to see
/// that cycle's graph; its events are there at once, all of them and in order. Any thread may call
/// anything.
class ToldGraph {
  public:
    using Clock = std::chrono::steady_clock;

    void push(graph::Event event);
    /// The port keeps its place and its links, and is told as one that ends and one that begins.
    void push_renamed(const std::string &old_name, const std::string &new_name);

    /// Waits for events, or wake(), at most `timeout`; takes all there are.
    std::vector<graph::Event> wait(std::chrono::milliseconds timeout);
    void wake();

    /// Full names, in the order in which they came.
    std::vector<std::string> ports_of(const std::string &client) const;
    std::vector<graph::Link> links_from(const std::string &port) const;
    /// Links and clients that are remembered, whether they are there or not.
    std::size_t size() const;

    /// Waits until a link is there, or is not; false where it takes longer than `timeout`.
    bool wait_for_link(const graph::Link &link, bool there, std::chrono::milliseconds timeout);

    /// Goes on from a snapshot that was read just now.
    void adopt(const graph::Snapshot &snapshot);

    /// The same from JACK2: where an event told otherwise of a link a moment ago, the event is
    /// right, and the snapshot is corrected.
    void correct(graph::Snapshot &snapshot);

  private:
    void note(const graph::Event &event);
    void forget_old(Clock::time_point now);
    void go_on_from(const graph::Snapshot &snapshot);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<graph::Event> events_;
    bool woken_ = false;
    std::map<std::string, std::vector<std::string>> ports_; ///< by client
    std::set<graph::Link> links_;
    std::map<graph::Link, graph::Event> recent_; ///< the newest event of each link
    std::size_t forget_above_ = 0;               ///< size of recent_
};

} // namespace headroom::jack
