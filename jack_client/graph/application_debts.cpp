// SPDX-License-Identifier: GPL-3.0-or-later

// What the router owes to applications, and how they get it back.
#include "jack_client/graph/application_router.hpp"

#include <algorithm>
#include <utility>

namespace headroom::graph {

void ApplicationRouter::keep_journal(Journal *journal) {
    journal_ = journal;
    journal_fails_ = false;
    left_behind_ = journal ? journal->debts() : Debts{};
}

void ApplicationRouter::owe(const std::string &application, const std::set<Link> &links) {
    if (journal_ && !journal_->owe(application, links))
        journal_fails_ = true;
}

/// A routed application is owed what it was; any other gets it now.
void ApplicationRouter::take_over_debts() {
    if (left_behind_.empty())
        return;
    Debts due;
    for (const auto &[name, links] : left_behind_) {
        const auto found = planner_.plan().applications.find(name);
        if (found == planner_.plan().applications.end())
            continue;
        const PlannedApplication &application = found->second;
        const bool waits_for_bus = application.route.kind == Route::Kind::bus &&
                                   !application.feasible && application.notice.empty();
        if (waits_for_bus)
            return;
        if (application.is_routed())
            states_.at(name).removed = links;
        else
            due.emplace(name, links);
    }
    if (!due.empty())
        for (const Link &link : links_to_restore(due, graph_.snapshot()))
            graph_.connect(link);
    for (const auto &[name, links] : std::exchange(left_behind_, {}))
        if (!states_.contains(name))
            owe(name, {});
}

/// The links that the application had to sinks, or those that it would have made.
std::set<Link> ApplicationRouter::home(const PlannedApplication &application,
                                       const State &state) const {
    std::set<Link> links;
    for (const Link &link : state.removed)
        if (view_.could_link(link))
            links.insert(link);
    if (links.empty() && !application.is_stream)
        links.insert(application.sink_links.begin(), application.sink_links.end());
    return links;
}

/// What brings the application home, less what the user did to it.
std::set<Link> ApplicationRouter::debt(const PlannedApplication &application,
                                       const State &state) const {
    if (!state.user_links.empty())
        return {};
    std::set<Link> links = home(application, state);
    std::erase_if(links, [&](const Link &owed) {
        return std::any_of(state.bus_links.begin(), state.bus_links.end(), [&](const Link &link) {
            return link.from == owed.from && keeper_.broken_by_user(application.name, link);
        });
    });
    return links;
}

/// The session manager brings streams home, when the sink of ours that they play into has ended.
void ApplicationRouter::owe(const PlannedApplication &application, const State &state) {
    if (!application.is_stream)
        owe(application.name, debt(application, state));
}

/// Links an application to the sink that we took it from, or that it would have played to. What
/// the user did to it stays.
void ApplicationRouter::give_back(const PlannedApplication &application, State &state) {
    const bool was_cut = std::exchange(state.cut, false);
    if (!state.bus_links.empty() || was_cut) {
        const std::set<Link> owed = debt(application, state);
        state.given = state.removed.empty() ? owed : std::set<Link>{};
        if (!home(application, state).empty())
            for (const Link &link : state.bus_links)
                if ((keeper_.made(application.name, link) || !application.is_direct) &&
                    view_.has(link))
                    graph_.disconnect(link);
        for (const Link &link : owed)
            graph_.connect(link);
        state.routed = false;
        state.removed.clear();
    }
    state.bus_links.clear();
    owe(application.name, {});
}

void ApplicationRouter::give_all_back() {
    for (const auto &[name, application] : planner_.plan().applications) {
        const auto state = states_.find(name);
        if (state != states_.end() && application.is_routed() && !application.is_stream &&
            !state->second.yielded)
            give_back(application, state->second);
    }
    placer_.release_all();
    if (journal_)
        journal_->owe_nothing();
    let_go();
}

} // namespace headroom::graph
