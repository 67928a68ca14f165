// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/application_router.hpp"

#include <algorithm>
#include <utility>

namespace headroom::graph {

namespace {

using namespace std::chrono_literals;

/// After this long without connecting itself, an application that is routed has done so: what
/// appears later is the user's hand.
constexpr auto kSettleTime = 2000ms;

/// A removed link that comes back more often than this within the time is somebody's firm will.
constexpr std::size_t kMaxReturns = 3;
constexpr auto kReturnTime = 2000ms;

/// How long an application may take to connect itself before the server's self-connect restriction
/// is thought of.
constexpr auto kSelfConnectTime = 500ms;

/// How long a disconnection may take to show.
constexpr auto kLeavingTime = 500ms;

} // namespace

bool ApplicationRouter::State::settled(TimePoint at) const {
    return routed && at >= since + kSettleTime;
}

void ApplicationRouter::rules_changed() {
    for (auto &[name, state] : states_) {
        state.yielded = false;
        state.elsewhere.clear();
    }
}

void ApplicationRouter::follow(const PlannedApplication &application) {
    const auto [found, is_new] = states_.try_emplace(application.name);
    if (is_new)
        found->second.since = graph_.now();
    found->second.ports = {application.ports.begin(), application.ports.end()};
}

void ApplicationRouter::note(const Event &event) {
    switch (event.kind) {
    case Event::Kind::port_removed:
        note_ended_port(event);
        break;
    case Event::Kind::port_added:
        note_new_port(event);
        break;
    case Event::Kind::linked:
    case Event::Kind::unlinked:
        note_link(event);
        break;
    default:
        break;
    }
}

/// What ended is forgotten, so that what returns under the same name starts anew.
void ApplicationRouter::note_ended_port(const Event &event) {
    keeper_.forget_port(event.from);
    if (planner_.plan().playback.contains(event.from))
        placer_.sink_ended(client_of(event.from));
    const auto found = states_.find(client_of(event.from));
    if (found == states_.end())
        return;
    found->second.ports.erase(event.from);
    if (found->second.ports.empty())
        forget(std::string(found->first), event.at);
}

/// An application connects itself when it starts, and often when its sink returns.
void ApplicationRouter::note_new_port(const Event &event) {
    keeper_.try_again(event.from);
    if (planner_.plan().playback.contains(event.from)) {
        for (auto &[name, state] : states_)
            state.since = std::max(state.since, event.at);
    } else if (const auto found = states_.find(client_of(event.from));
               found != states_.end() && found->second.ports.contains(event.from)) {
        found->second.since = std::max(found->second.since, event.at);
    }
}

void ApplicationRouter::note_link(const Event &event) {
    const Link link{event.from, event.to};
    const std::string client = client_of(event.from);
    if (event.kind == Event::Kind::unlinked)
        raw_.unlinked(client, link, event.at);
    const auto planned = planner_.plan().applications.find(client);
    if (event.kind != Event::Kind::linked || planned == planner_.plan().applications.end() ||
        !planned->second.is_routed() || !planner_.plan().playback.contains(event.to) ||
        planner_.plan().connections.contains(link))
        return;
    State &state = states_[client];
    if (state.yielded || placer_.left_to_user(client))
        return;
    if (is_users(planned->second, state, link, event.at))
        state.user_links.insert(link);
    else
        raw_.linked(client, link, event.at);
}

std::optional<TimePoint> ApplicationRouter::route(const PlannedApplication &application) {
    State &state = states_.at(application.name);
    next_.reset();
    state.notice = application.notice;
    if (!application.is_routed())
        state.held.clear();
    look_elsewhere(application, state);
    if (!state.elsewhere.empty()) {
        state.bus_links.clear();
        state.routed = state.cut = false;
        state.notice = "plays to " + state.elsewhere + ", which no bus feeds; left as it is";
        raw_.discard(application.name);
        owe(application.name, {});
        if (const auto next = keeper_.keep(application.name, {}, view_))
            look_by(*next);
        return next_;
    }
    if (application.in_flux && !application.is_stream) {
        look_by(graph_.now() + kVerifyTime);
        if (application.is_routed() && !state.yielded) {
            state.yielded = !remove_links(application, state);
            state.cut = !state.removed.empty();
        }
        return next_;
    }
    std::set<Link> wanted;
    if (application.is_stream) {
        place_stream(application, state);
        if (application.in_flux)
            return next_;
    } else if (application.is_routed()) {
        route_links(application, state, wanted);
    } else if (application.in_insert) {
        state.bus_links.clear();
        state.removed.clear();
        state.routed = false;
        owe(application.name, {});
    } else {
        if (!state.yielded)
            give_back(application, state);
        if (application.route.kind == Route::Kind::bypass)
            bypass_links(application, state, wanted);
        else if (std::exchange(state.adopted, false))
            keeper_.forget_owner(application.name);
    }
    if (!application.is_routed() || state.yielded)
        raw_.end(application.name, graph_.now());
    if (const auto next = keeper_.keep(application.name, wanted, view_))
        look_by(*next);
    if (application.is_routed() && !application.is_stream && !state.yielded)
        owe(application, state);
    return next_;
}

void ApplicationRouter::route_links(const PlannedApplication &application, State &state,
                                    std::set<Link> &wanted) {
    if (std::exchange(state.adopted, false))
        state.routed = false;
    if (!state.yielded && !remove_links(application, state))
        state.yielded = true;
    if (state.yielded) {
        owe(application.name, {});
        state.notice = application.name + " keeps connecting itself to its sink; left alone";
        return;
    }
    state.bus_links = application.links;
    spread(state);
    wanted.insert(state.bus_links.begin(), state.bus_links.end());
    state.routed =
        state.routed ||
        std::all_of(application.links.begin(), application.links.end(), [&](const Link &link) {
            return view_.has(link) || keeper_.broken_by_user(application.name, link);
        });
    if (!state.held.empty())
        state.notice = state.held;
    if (!keeper_.given_up(application.name).empty())
        state.notice = "the server does not connect it to its bus";
    // What was taken away for links that the server does not make is given back until it does.
    for (const Link &link : state.removed)
        if (keeper_.fails(application.name, link.from) && view_.could_link(link) &&
            !view_.has(link))
            graph_.connect(link);
}

/// Removes what the application linked itself, and leaves what the user did. False where the
/// application insists.
bool ApplicationRouter::remove_links(const PlannedApplication &application, State &state) {
    const TimePoint now = graph_.now();
    std::erase_if(state.leaving, [&](const auto &entry) { return !view_.has(entry.first); });
    std::vector<Link> doomed;
    for (const Link &link : view_.links_from(application.name)) {
        const bool is_given = application.is_routed() && state.given.contains(link);
        if (!state.ports.contains(link.from) || state.user_links.contains(link) ||
            !(is_given || is_forbidden(application, link)))
            continue;
        if (const auto leaving = state.leaving.find(link);
            leaving != state.leaving.end() && now < leaving->second)
            continue;
        if (is_users(application, state, link, now)) {
            state.user_links.insert(link);
            continue;
        }
        if (!has_successor(application, link))
            continue;
        if (state.settled(now) && application.is_routed() && state.routed)
            state.held = "its own link to " + link.to +
                         " is taken away while it plays through its bus; 'headroom route set " +
                         application.name + " bypass' lets it play straight";
        std::vector<TimePoint> &times = state.removals[link];
        std::erase_if(times, [&](TimePoint time) { return time + kReturnTime < now; });
        if (times.size() > kMaxReturns)
            return false;
        times.push_back(now);
        doomed.push_back(link);
    }
    // A sink of ours is no home.
    for (const Link &link : doomed)
        if (state.given.erase(link) == 0 && !planner_.plan().our_playback.contains(link.to))
            state.removed.insert(link);
    if (application.is_routed() && !doomed.empty())
        owe(application, state);
    for (const Link &link : doomed) {
        state.since = std::max(state.since, now);
        if (graph_.disconnect(link) == Outcome::done) {
            raw_.unlinked(application.name, link, graph_.now());
        } else {
            state.leaving[link] = now + kLeavingTime;
            look_by(now + kVerifyTime);
        }
    }
    return true;
}

/// A bypassed application keeps its own links. Only where it cannot make any, made them into our
/// PipeWire sink, or belongs to another sink, is it linked to its sink.
void ApplicationRouter::bypass_links(const PlannedApplication &application, State &state,
                                     std::set<Link> &wanted) {
    const TimePoint now = graph_.now();
    const std::set<Link> &links = view_.links_from(application.name);
    const bool is_elsewhere = std::any_of(links.begin(), links.end(), [&](const Link &link) {
        return is_forbidden(application, link);
    });
    state.adopted = state.adopted || is_elsewhere || application.has_own_sink;
    if (!state.adopted && links.empty() && planner_.setup().backend == Backend::direct &&
        graph_.ignores_self_connections()) {
        if (now >= state.since + kSelfConnectTime)
            state.adopted = true;
        else
            look_by(state.since + kSelfConnectTime);
    }
    if (!state.yielded && !remove_links(application, state))
        state.yielded = true;
    if (planner_.setup().backend != Backend::direct || application.has_own_sink)
        state.routed = state.adopted;
    if (state.adopted && !state.yielded)
        wanted.insert(application.sink_links.begin(), application.sink_links.end());
}

/// The sink that the stream has for itself stands, and what it plays there is heard.
bool ApplicationRouter::is_fed(const PlannedApplication &application) const {
    return !application.feed.empty() &&
           std::all_of(application.feed.begin(), application.feed.end(), [&](const Link &link) {
               return view_.has(link) || keeper_.broken_by_user(kFeeds, link);
           });
}

/// A feed is planned once the ports of its stream are there; one from its last time may be there
/// still.
std::optional<TimePoint> ApplicationRouter::keep_feeds() {
    std::set<Link> feeds;
    bool is_changing = false;
    for (const auto &[name, application] : planner_.plan().applications) {
        feeds.insert(application.feed.begin(), application.feed.end());
        is_changing = is_changing || (application.is_stream && application.in_flux);
    }
    if (is_changing)
        feeds.insert(feeds_.begin(), feeds_.end());
    feeds_ = std::move(feeds);
    return keeper_.keep(kFeeds, feeds_, view_);
}

void ApplicationRouter::place_stream(const PlannedApplication &application, State &state) {
    const Plan &plan = planner_.plan();
    const bool bypassed = application.route.kind == Route::Kind::bypass;
    const bool was_moved = !placer_.target(application.name).empty();
    if ((application.is_left && !was_moved) || (!application.is_routed() && !bypassed))
        return placer_.release(application.name);
    StreamPlacer::Stream stream{.name = application.name,
                                .port = application.ports.front(),
                                .settled = graph_.now() >= state.since + kSettleTime};
    for (const Link &link : view_.links_from(application.name))
        if (plan.playback.contains(link.to) || plan.our_playback.contains(link.to))
            stream.playing_to.insert(client_of(link.to));
    StreamPlacer::Place place{
        .real_sink = application.sink,
        .must_be_there =
            bypassed && (application.has_own_sink || application.is_left || !plan.effect.empty()),
        .home = application.chosen};
    if (!bypassed)
        place.ours =
            is_fed(application) ? application_sink_name(application.strip) : application.into;
    const std::string told = placer_.place(stream, place, plan.untargeted_sink);
    if (!told.empty())
        state.notice = told;
    if (placer_.left_to_user(application.name)) {
        raw_.discard(application.name);
        const bool is_raw =
            std::none_of(stream.playing_to.begin(), stream.playing_to.end(), is_headroom_sink);
        for (const std::string &sink : stream.playing_to)
            state.notice = "plays to " + sink + ", to which it was moved by hand" +
                           (is_raw && !bypassed ? "; it is not processed" : "");
    }
    if (const auto next = placer_.next_look(application.name))
        look_by(*next);
}

std::optional<TimePoint> ApplicationRouter::place_effect() {
    const Plan &plan = planner_.plan();
    std::erase_if(effect_outputs_, [&](const auto &known) {
        const bool is_over = !plan.effect_outputs.contains(known.first);
        if (is_over)
            placer_.release(known.first);
        return is_over;
    });
    std::optional<TimePoint> next;
    for (const std::string &name : plan.effect_outputs) {
        const TimePoint since = effect_outputs_.try_emplace(name, graph_.now()).first->second;
        StreamPlacer::Stream stream{.name = name,
                                    .port = view_.find(name)->ports.front().name,
                                    .settled = graph_.now() >= since + kSettleTime};
        for (const Link &link : view_.links_from(name))
            if (plan.playback.contains(link.to) || plan.our_playback.contains(link.to))
                stream.playing_to.insert(client_of(link.to));
        placer_.place(stream, {.ours = kHeadroomSink}, plan.untargeted_sink);
        if (const auto look = placer_.next_look(name))
            next = std::min(next.value_or(*look), *look);
    }
    return next;
}

std::string ApplicationRouter::notice(const std::string &application) const {
    const auto found = states_.find(application);
    return found == states_.end() ? std::string() : found->second.notice;
}

void ApplicationRouter::let_go() {
    for (const auto &[name, state] : states_)
        raw_.end(name, graph_.now());
    states_.clear();
}

void ApplicationRouter::forget(const std::string &application, TimePoint at) {
    raw_.end(application, at);
    placer_.forget(application);
    keeper_.forgive(application);
    owe(application, {});
    states_.erase(application);
}

void ApplicationRouter::forget_the_ended() {
    std::vector<std::string> ended;
    for (const auto &[name, state] : states_)
        if (!planner_.plan().applications.contains(name))
            ended.push_back(name);
    for (const std::string &name : ended)
        forget(name, graph_.now());
}

void ApplicationRouter::forget_everything(bool owes_nothing) {
    if (journal_ && owes_nothing)
        journal_->owe_nothing();
    raw_ = {};
    feeds_.clear();
    effect_outputs_.clear();
    placer_.forget_everything();
    states_.clear();
}

} // namespace headroom::graph
