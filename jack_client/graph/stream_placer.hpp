// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/link_keeper.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace headroom::graph {

/// Has the session manager play PipeWire streams where their route leads, never touching a link.
/// A stream that somebody else moves later stays where it was moved.
class StreamPlacer {
  public:
    explicit StreamPlacer(PortGraph &graph) : graph_(graph) {}

    struct Stream {
        std::string name;
        std::string port;                 ///< any of its ports
        std::set<std::string> playing_to; ///< clients of the sinks it is linked to
        bool settled = false;             ///< has been there long enough that a move is the user's
    };
    struct Place {
        /// Client of a sink of ours, and the stream plays to nothing else; empty: it plays to
        /// anything but our sinks.
        std::string ours;
        std::string real_sink;      ///< where sound goes outside; may be empty
        bool must_be_there = false; ///< outside, no other sink will do
        std::string home{};         ///< the sink that it has chosen itself; empty for the default
    };

    /// Sees to it that the stream plays where it should. untargeted_sink: where the session manager
    /// plays a stream without a target; may be empty. Returns a notice for the user.
    std::string place(const Stream &stream, const Place &place, const std::string &untargeted_sink);

    /// Where the stream was placed last; empty for nowhere.
    std::string target(const std::string &name) const;

    /// Streams that were placed at that sink are where nobody placed them.
    void sink_ended(const std::string &sink);

    bool left_to_user(const std::string &name) const;

    /// The stream is not ours to place any more: it goes back to its home.
    void release(const std::string &name);
    void release_all();

    void forget(const std::string &name) { states_.erase(name); }
    void forget_everything() { states_.clear(); }

    /// When place() should be called again for the stream without an event.
    std::optional<TimePoint> next_look(const std::string &name) const;

  private:
    struct State {
        std::string ours; ///< see Place
        std::string port;
        std::string target; ///< that we set; empty for none
        std::string home;   ///< see Place
        bool arrived = false;
        bool is_lost = false; ///< the target ended since
        bool left_to_user = false;
        bool given_up = false; ///< asked for often enough to say so
        int attempts = 0;
        TimePoint wait_until{};
    };

    PortGraph &graph_;
    std::map<std::string, State> states_;
};

} // namespace headroom::graph
