// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/journal.hpp"
#include "jack_client/graph/link_keeper.hpp"
#include "jack_client/graph/planner.hpp"
#include "jack_client/graph/raw_time.hpp"
#include "jack_client/graph/stream_placer.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

/// Brings one application after the other to where its plan says, and remembers of each what it
/// did itself, what the user did, and what it is owed.
class ApplicationRouter {
  public:
    /// Owner of the links from sinks of streams to buses and strips.
    static constexpr const char *kFeeds = "\n";

    /// All of them outlive the router. The planner and the view are as of the look at hand.
    ApplicationRouter(PortGraph &graph, const Planner &planner, const GraphView &view,
                      LinkKeeper &keeper)
        : graph_(graph), planner_(planner), view_(view), keeper_(keeper), placer_(graph) {}

    void keep_journal(Journal *journal);
    bool journal_fails() const { return journal_fails_; }
    void owe(const std::string &application, const std::set<Link> &links);

    /// Other rules hold: who has yielded may be asked again.
    void rules_changed();

    /// To be called before what has changed is routed: an application is in the plan.
    void follow(const PlannedApplication &application);
    /// Event times tell how long raw sound was heard, and whose hand made a link.
    void note(const Event &event);
    /// Takes over what a former run owed, once the applications are in the plan.
    void take_over_debts();

    /// Routes one application. Returns when to call again without an event.
    std::optional<TimePoint> route(const PlannedApplication &application);
    /// Keeps the links from the sinks that streams have for themselves; to be called once they are
    /// routed. Streams of one application share a sink. Returns when to call again.
    std::optional<TimePoint> keep_feeds();
    /// Has the outputs of the effect that a bus plays behind play into our sink. As keep_feeds().
    std::optional<TimePoint> place_effect();
    /// The sink that a stream was placed at by us; empty for none.
    std::string placed_at(const std::string &name) const { return placer_.target(name); }
    /// In words for the user; may be empty.
    std::string notice(const std::string &application) const;

    void forget(const std::string &application, TimePoint at);
    /// Forgets all that are not in the plan.
    void forget_the_ended();
    /// The server is gone, and with it whoever we owe to.
    void forget_everything(bool owes_nothing);

    /// Gives every application back, and owes nothing then.
    void give_all_back();
    /// Owes on, and remembers nothing else.
    void let_go();

    RawTime &raw_time() { return raw_; }

  private:
    /// What is remembered of an application until it ends.
    struct State {
        std::set<std::string> ports;
        TimePoint since;      ///< its last port appeared, or a link it made itself was last removed
        bool routed = false;  ///< its links have been as the rules ask
        bool cut = false;     ///< taken off its sinks before it had links to a bus
        bool adopted = false; ///< bypassed, but linked to its sink by us: nobody else can
        bool yielded = false; ///< insists on its own links; left alone
        std::vector<Link> bus_links; ///< as last wanted
        std::set<Link> user_links;
        std::set<Link> removed; ///< its own links to sinks, to be given back
        std::set<Link> given; ///< that it got in the place of links of its own, which it never made
        std::map<Link, std::vector<TimePoint>> removals;
        std::map<Link, TimePoint> leaving; ///< disconnected, but may still show until then
        std::string elsewhere; ///< what it connected itself to, where no bus would take its sound
        std::string held;      ///< a late link of its own was taken away, in words
        std::string notice;

        bool settled(TimePoint at) const;
    };

    void note_ended_port(const Event &event);
    void note_new_port(const Event &event);
    void note_link(const Event &event);

    void route_links(const PlannedApplication &application, State &state, std::set<Link> &wanted);
    void bypass_links(const PlannedApplication &application, State &state, std::set<Link> &wanted);
    void place_stream(const PlannedApplication &application, State &state);
    bool is_fed(const PlannedApplication &application) const;
    bool is_forbidden(const PlannedApplication &application, const Link &link) const;
    bool is_users(const PlannedApplication &application, const State &state, const Link &link,
                  TimePoint at) const;
    bool has_successor(const PlannedApplication &application, const Link &link) const;
    void spread(State &state) const;
    void look_elsewhere(const PlannedApplication &application, State &state) const;
    bool remove_links(const PlannedApplication &application, State &state);

    std::set<Link> home(const PlannedApplication &application, const State &state) const;
    std::set<Link> debt(const PlannedApplication &application, const State &state) const;
    void owe(const PlannedApplication &application, const State &state);
    void give_back(const PlannedApplication &application, State &state);
    void look_by(TimePoint when) { next_ = std::min(next_.value_or(when), when); }

    PortGraph &graph_;
    const Planner &planner_;
    const GraphView &view_;
    LinkKeeper &keeper_;
    StreamPlacer placer_;
    RawTime raw_;
    Journal *journal_ = nullptr;
    bool journal_fails_ = false;
    Debts left_behind_; ///< by a former run, of applications that have not been seen yet
    std::map<std::string, State> states_;
    std::map<std::string, TimePoint> effect_outputs_; ///< that were placed, and since when
    std::set<Link> feeds_;                            ///< as last wanted
    std::optional<TimePoint> next_;                   ///< look at the application at hand
};

} // namespace headroom::graph
