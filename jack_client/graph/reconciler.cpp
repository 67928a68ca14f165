// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/reconciler.hpp"

#include "jack_client/graph/link_keeper.hpp"
#include "jack_client/graph/planner.hpp"
#include "jack_client/graph/raw_time.hpp"
#include "jack_client/graph/stream_placer.hpp"

#include <algorithm>
#include <cmath>
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

/// A look without any event, for what no event tells.
constexpr auto kAuditTime = 1000ms;

/// How soon operations are verified.
constexpr auto kVerifyTime = 50ms;

/// How long a disconnection may take to show.
constexpr auto kLeavingTime = 500ms;

std::string client_of(const std::string &port) {
    return port.substr(0, port.find(':'));
}

/// What is remembered of an application until it ends.
struct ApplicationState {
    std::set<std::string> ports;
    TimePoint since;      ///< its last port appeared, or a link it made itself was last removed
    bool routed = false;  ///< its links have been as the rules ask
    bool adopted = false; ///< bypassed, but linked to its sink by us because nobody else can
    bool yielded = false; ///< insists on its own links; left alone
    std::vector<Link> bus_links; ///< as last wanted
    std::set<Link> user_links;
    std::set<Link> removed; ///< its own links to sinks, to be given back
    std::map<Link, std::vector<TimePoint>> removals;
    std::map<Link, TimePoint> leaving; ///< disconnected, but may still show until then
    std::string notice;

    bool settled(TimePoint at) const { return routed && at >= since + kSettleTime; }
};

} // namespace

struct Reconciler::Impl {
    explicit Impl(PortGraph &port_graph)
        : graph(port_graph), keeper(port_graph), placer(port_graph) {}

    PortGraph &graph;
    RouterSetup setup;
    LinkKeeper keeper;
    StreamPlacer placer;
    RawTime raw;
    double raw_frames = 0.0;
    std::chrono::steady_clock::duration raw_counted{};

    Journal *journal = nullptr;
    bool journal_fails = false;
    Debts left_behind; ///< by a former run, of applications that have not been seen yet

    Snapshot snapshot;
    Plan plan;
    GraphView view;
    std::map<std::string, ApplicationState> states;
    std::set<Link> user_shortcuts;
    bool shortcuts_taken = false; ///< those of the time before us are removed

    bool active = false; ///< configured, and not restored since
    bool changed = true; ///< look even without an event
    TimePoint next_look{};
    std::vector<RoutedApplication> applications;
    std::vector<std::string> notices;

    void forget_everything();
    void look();
    void look_by(TimePoint when) { next_look = std::min(next_look, when); }

    void note_ports(const std::vector<Event> &events);
    void note_links(const std::vector<Event> &events);
    void follow_applications(const std::vector<Event> &events);
    void restart_settling(const Event &added);

    void route(const PlannedApplication &application, ApplicationState &state,
               std::set<Link> &wanted);
    void route_links(const PlannedApplication &application, ApplicationState &state,
                     std::set<Link> &wanted);
    void place_stream(const PlannedApplication &application, ApplicationState &state);
    void bypass_links(const PlannedApplication &application, ApplicationState &state,
                      std::set<Link> &wanted);
    bool remove_links(const PlannedApplication &application, ApplicationState &state,
                      const std::set<std::string> &forbidden);
    void remove_shortcuts();
    void take_over_debts();
    std::set<Link> home(const PlannedApplication &application, const ApplicationState &state) const;
    std::set<Link> debt(const PlannedApplication &application, const ApplicationState &state) const;
    void owe(const PlannedApplication &application, const ApplicationState &state);
    void owe(const std::string &application, const std::set<Link> &links);
    void give_back(const PlannedApplication &application, ApplicationState &state);
    void restore();
    void publish();

    bool is_routed(const PlannedApplication &application) const {
        return application.route.kind == Route::Kind::bus && application.feasible;
    }
    bool has_links(const PlannedApplication &application) const;
    void count_raw();
};

Reconciler::Reconciler(PortGraph &graph) : impl_(std::make_unique<Impl>(graph)) {}
Reconciler::~Reconciler() = default;

void Reconciler::configure(RouterSetup setup) {
    impl_->setup = std::move(setup);
    impl_->active = true;
    impl_->changed = true;
    impl_->keeper.try_again();
    for (auto &[name, state] : impl_->states)
        state.yielded = false;
}

void Reconciler::keep_journal(Journal *journal) {
    impl_->journal = journal;
    impl_->journal_fails = false;
    impl_->left_behind = journal ? journal->debts() : Debts{};
}

std::chrono::milliseconds Reconciler::step(const std::vector<Event> &events) {
    Impl &impl = *impl_;
    const TimePoint now = impl.graph.now();
    const bool lost = std::any_of(events.begin(), events.end(), [](const Event &event) {
        return event.kind == Event::Kind::server_lost;
    });
    if (lost)
        impl.forget_everything();
    if (!impl.active || lost)
        return kAuditTime;
    if (impl.changed || !events.empty() || now >= impl.next_look) {
        impl.changed = false;
        impl.next_look = now + kAuditTime;
        impl.note_ports(events);
        impl.snapshot = impl.graph.snapshot();
        impl.plan = make_plan(impl.snapshot, impl.setup);
        impl.view = GraphView(impl.snapshot);
        impl.follow_applications(events);
        impl.take_over_debts();
        impl.note_links(events);
        impl.look();
        impl.count_raw();
        impl.publish();
    }
    const auto delay = std::chrono::ceil<std::chrono::milliseconds>(impl.next_look - now);
    return std::clamp<std::chrono::milliseconds>(delay, 1ms, kAuditTime);
}

void Reconciler::Impl::forget_everything() {
    count_raw();
    raw = {};
    raw_counted = {};
    keeper.forget_everything();
    placer.forget_everything();
    states.clear();
    user_shortcuts.clear();
    shortcuts_taken = false;
    applications.clear();
    if (journal && active)
        journal->owe_nothing();
    changed = true;
}

/// What ended is forgotten, so that what returns under the same name starts anew.
void Reconciler::Impl::note_ports(const std::vector<Event> &events) {
    for (const Event &event : events) {
        if (event.kind != Event::Kind::port_removed)
            continue;
        keeper.forget_port(event.from);
        std::erase_if(user_shortcuts, [&](const Link &link) { return link.to == event.from; });
        const auto found = states.find(client_of(event.from));
        if (found == states.end())
            continue;
        found->second.ports.erase(event.from);
        if (!found->second.ports.empty())
            continue;
        raw.end(found->first, event.at);
        placer.forget(found->first);
        owe(found->first, {});
        states.erase(found);
    }
}

void Reconciler::Impl::follow_applications(const std::vector<Event> &events) {
    std::set<std::string> present;
    for (const PlannedApplication &application : plan.applications) {
        present.insert(application.name);
        const auto [found, is_new] = states.try_emplace(application.name);
        if (is_new)
            found->second.since = graph.now();
        found->second.ports = {application.ports.begin(), application.ports.end()};
    }
    for (const Event &event : events)
        if (event.kind == Event::Kind::port_added)
            restart_settling(event);
    std::erase_if(states, [&](const auto &entry) {
        if (present.contains(entry.first))
            return false;
        raw.end(entry.first, graph.now());
        placer.forget(entry.first);
        owe(entry.first, {});
        return true;
    });
}

/// A routed application is owed what it was; any other gets it now.
void Reconciler::Impl::take_over_debts() {
    if (left_behind.empty())
        return;
    Debts due;
    for (const PlannedApplication &application : plan.applications) {
        const auto found = left_behind.find(application.name);
        if (found == left_behind.end())
            continue;
        const bool waits_for_bus = application.route.kind == Route::Kind::bus &&
                                   !application.feasible && application.notice.empty();
        if (waits_for_bus)
            return;
        if (is_routed(application))
            states.at(application.name).removed = found->second;
        else
            due.insert(*found);
    }
    for (const Link &link : links_to_restore(due, snapshot))
        graph.connect(link);
    for (const auto &[name, links] : std::exchange(left_behind, {}))
        if (!states.contains(name))
            owe(name, {});
}

/// An application connects itself when it starts, and often when its sink returns.
void Reconciler::Impl::restart_settling(const Event &added) {
    const bool is_sink = plan.playback.contains(added.from);
    for (auto &[name, state] : states)
        if (is_sink || state.ports.contains(added.from))
            state.since = std::max(state.since, added.at);
}

/// Event times tell how long raw sound was heard, and whose hand made a link.
void Reconciler::Impl::note_links(const std::vector<Event> &events) {
    std::map<std::string, const PlannedApplication *> routed;
    for (const PlannedApplication &application : plan.applications)
        if (is_routed(application))
            routed[application.name] = &application;
    for (const Event &event : events) {
        const Link link{event.from, event.to};
        const std::string client = client_of(event.from);
        if (event.kind == Event::Kind::unlinked)
            raw.unlinked(client, link, event.at);
        if (event.kind != Event::Kind::linked || !plan.playback.contains(event.to) ||
            !routed.contains(client))
            continue;
        ApplicationState &state = states.at(client);
        if (state.yielded || placer.left_to_user(client))
            continue;
        if (!routed.at(client)->is_stream && state.settled(event.at))
            state.user_links.insert(link);
        else
            raw.linked(client, link, event.at);
    }
    raw.settle(view, graph.now());
}

void Reconciler::Impl::look() {
    std::set<Link> wanted(plan.bus_links.begin(), plan.bus_links.end());
    wanted.insert(plan.monitor_links.begin(), plan.monitor_links.end());
    remove_shortcuts();
    for (const PlannedApplication &application : plan.applications)
        route(application, states.at(application.name), wanted);
    if (!plan.monitor_links.empty())
        owe(kHeadroomSink, {plan.restore_links.begin(), plan.restore_links.end()});
    keeper.keep(wanted, view);
    for (const PlannedApplication &application : plan.applications)
        if (const auto &state = states.at(application.name);
            is_routed(application) && !state.yielded)
            owe(application, state);
    for (const auto &when : {keeper.next_look(), placer.next_look()})
        if (when)
            look_by(*when);
}

void Reconciler::Impl::route(const PlannedApplication &application, ApplicationState &state,
                             std::set<Link> &wanted) {
    state.notice = application.notice;
    if (application.is_stream)
        place_stream(application, state);
    else if (is_routed(application))
        route_links(application, state, wanted);
    else if (application.in_insert) {
        state.bus_links.clear();
        state.removed.clear();
        state.routed = false;
    } else {
        if (!state.yielded)
            give_back(application, state);
        if (application.route.kind == Route::Kind::bypass)
            bypass_links(application, state, wanted);
    }
    if (!is_routed(application) || state.yielded)
        raw.end(application.name, graph.now());
}

void Reconciler::Impl::route_links(const PlannedApplication &application, ApplicationState &state,
                                   std::set<Link> &wanted) {
    state.adopted = false;
    if (!state.yielded && !remove_links(application, state, plan.playback))
        state.yielded = true;
    if (state.yielded) {
        owe(application.name, {});
        state.notice = application.name + " keeps connecting itself to its sink; left alone";
        return;
    }
    wanted.insert(application.links.begin(), application.links.end());
    state.bus_links = application.links;
    state.routed =
        state.routed ||
        std::all_of(application.links.begin(), application.links.end(), [&](const Link &link) {
            return view.links.contains(link) || keeper.broken_by_user(link);
        });
    const std::vector<Link> hopeless = keeper.given_up();
    if (std::any_of(application.links.begin(), application.links.end(), [&](const Link &link) {
            return std::find(hopeless.begin(), hopeless.end(), link) != hopeless.end();
        }))
        state.notice = "the server does not connect it to its bus";
}

/// Removes what the application linked itself, and leaves what the user did. False where the
/// application insists.
bool Reconciler::Impl::remove_links(const PlannedApplication &application, ApplicationState &state,
                                    const std::set<std::string> &forbidden) {
    const TimePoint now = graph.now();
    std::erase_if(state.leaving,
                  [&](const auto &entry) { return !view.links.contains(entry.first); });
    std::vector<Link> doomed;
    for (const Link &link : view.links) {
        if (!forbidden.contains(link.to) || !state.ports.contains(link.from) ||
            state.user_links.contains(link))
            continue;
        if (const auto leaving = state.leaving.find(link);
            leaving != state.leaving.end() && now < leaving->second)
            continue;
        if (state.settled(now)) {
            state.user_links.insert(link);
            continue;
        }
        std::vector<TimePoint> &times = state.removals[link];
        std::erase_if(times, [&](TimePoint time) { return time + kReturnTime < now; });
        if (times.size() > kMaxReturns)
            return false;
        times.push_back(now);
        doomed.push_back(link);
    }
    state.removed.insert(doomed.begin(), doomed.end());
    if (is_routed(application))
        owe(application, state);
    for (const Link &link : doomed) {
        state.since = std::max(state.since, now);
        if (graph.disconnect(link) == Outcome::done) {
            raw.unlinked(application.name, link, graph.now());
        } else {
            state.leaving[link] = now + kLeavingTime;
            look_by(now + kVerifyTime);
        }
    }
    return true;
}

/// A bypassed application keeps its own links. Only where it cannot make any, or made them into our
/// PipeWire sink, is it linked to its sink.
void Reconciler::Impl::bypass_links(const PlannedApplication &application, ApplicationState &state,
                                    std::set<Link> &wanted) {
    const TimePoint now = graph.now();
    if (setup.backend == Backend::null_sink) {
        const bool in_our_sink =
            std::any_of(view.links.begin(), view.links.end(), [&](const Link &link) {
                return plan.our_playback.contains(link.to) && state.ports.contains(link.from);
            });
        state.adopted = state.adopted || in_our_sink;
        if (!state.yielded && !remove_links(application, state, plan.our_playback))
            state.yielded = true;
        state.routed = state.adopted;
    } else if (!state.adopted && !has_links(application) && graph.ignores_self_connections()) {
        if (now >= state.since + kSelfConnectTime)
            state.adopted = true;
        else
            look_by(state.since + kSelfConnectTime);
    }
    if (state.adopted && !state.yielded)
        wanted.insert(application.sink_links.begin(), application.sink_links.end());
}

bool Reconciler::Impl::has_links(const PlannedApplication &application) const {
    return std::any_of(application.ports.begin(), application.ports.end(), [&](const auto &port) {
        const auto first = view.links.lower_bound({port, {}});
        return first != view.links.end() && first->from == port;
    });
}

void Reconciler::Impl::place_stream(const PlannedApplication &application,
                                    ApplicationState &state) {
    const bool bypassed = application.route.kind == Route::Kind::bypass;
    if (!is_routed(application) && !bypassed) {
        placer.release(application.name);
        return;
    }
    StreamPlacer::Stream stream{.name = application.name,
                                .port = application.ports.front(),
                                .settled = graph.now() >= state.since + kSettleTime};
    for (const Link &link : view.links)
        if (state.ports.contains(link.from) &&
            (plan.playback.contains(link.to) || plan.our_playback.contains(link.to)))
            stream.playing_to.insert(client_of(link.to));
    using enum StreamPlacer::Place;
    const std::string notice =
        placer.place(stream, bypassed ? outside : headroom, plan.default_sink, application.sink);
    if (!notice.empty())
        state.notice = notice;
    if (placer.left_to_user(application.name))
        raw.discard(application.name);
}

/// Links from our sink's monitor straight to another sink keep sound while we are away; once we
/// are here they would double it. One that is made later is the user's.
void Reconciler::Impl::remove_shortcuts() {
    if (plan.monitor_links.empty())
        return;
    for (const Link &link : plan.shortcuts) {
        if (!view.links.contains(link))
            continue;
        if (shortcuts_taken)
            user_shortcuts.insert(link);
        if (!user_shortcuts.contains(link))
            graph.disconnect(link);
    }
    shortcuts_taken =
        std::none_of(plan.shortcuts.begin(), plan.shortcuts.end(), [&](const Link &link) {
            return view.links.contains(link) && !user_shortcuts.contains(link);
        });
    if (!shortcuts_taken)
        look_by(graph.now() + kVerifyTime);
}

/// The links that the application had to sinks, or those that it would have made.
std::set<Link> Reconciler::Impl::home(const PlannedApplication &application,
                                      const ApplicationState &state) const {
    std::set<Link> links;
    for (const Link &link : state.removed)
        if (view.could_link(link))
            links.insert(link);
    if (links.empty() && setup.backend == Backend::direct)
        links.insert(application.sink_links.begin(), application.sink_links.end());
    return links;
}

/// What brings the application home, less what the user did to it.
std::set<Link> Reconciler::Impl::debt(const PlannedApplication &application,
                                      const ApplicationState &state) const {
    if (!state.user_links.empty())
        return {};
    std::set<Link> links = home(application, state);
    std::erase_if(links, [&](const Link &owed) {
        return std::any_of(state.bus_links.begin(), state.bus_links.end(), [&](const Link &link) {
            return link.from == owed.from && keeper.broken_by_user(link);
        });
    });
    return links;
}

/// Under PipeWire it is our sink alone that must be heard again.
void Reconciler::Impl::owe(const PlannedApplication &application, const ApplicationState &state) {
    if (setup.backend == Backend::direct)
        owe(application.name, debt(application, state));
}

void Reconciler::Impl::owe(const std::string &application, const std::set<Link> &links) {
    if (journal && !journal->owe(application, links))
        journal_fails = true;
}

/// Links an application to the sink that we took it from, or that it would have played to. What
/// the user did to it stays.
void Reconciler::Impl::give_back(const PlannedApplication &application, ApplicationState &state) {
    if (!state.bus_links.empty()) {
        const std::set<Link> owed = debt(application, state);
        if (!home(application, state).empty())
            for (const Link &link : state.bus_links)
                if (keeper.made(link) && view.links.contains(link))
                    graph.disconnect(link);
        for (const Link &link : owed)
            graph.connect(link);
        state.routed = false;
    }
    state.bus_links.clear();
    state.removed.clear();
    owe(application.name, {});
}

void Reconciler::end(AtEnd at_end) {
    Impl &impl = *impl_;
    if (!impl.active)
        return;
    impl.active = false;
    impl.view = GraphView(impl.graph.snapshot());
    if (at_end == AtEnd::restore)
        impl.restore();
    for (const auto &[name, state] : impl.states)
        impl.raw.end(name, impl.graph.now());
    impl.count_raw();
    impl.keeper.forget_everything();
    impl.states.clear();
    impl.shortcuts_taken = false;
}

void Reconciler::Impl::restore() {
    for (const PlannedApplication &application : plan.applications) {
        const auto state = states.find(application.name);
        if (state == states.end() || application.is_stream || setup.backend == Backend::null_sink)
            continue;
        if (is_routed(application) && !state->second.yielded)
            give_back(application, state->second);
    }
    for (const Link &link : plan.monitor_links)
        if (keeper.made(link) && view.links.contains(link))
            graph.disconnect(link);
    for (const Link &link : plan.restore_links)
        graph.connect(link);
    placer.release_all();
    if (journal)
        journal->owe_nothing();
}

void Reconciler::Impl::count_raw() {
    const std::chrono::duration<double> seconds = raw.total() - raw_counted;
    raw_counted = raw.total();
    raw_frames += seconds.count() * graph.sample_rate_hz();
}

void Reconciler::Impl::publish() {
    applications.clear();
    for (const PlannedApplication &planned : plan.applications) {
        RoutedApplication application{.name = planned.name,
                                      .route = planned.route,
                                      .rule = planned.rule,
                                      .notice = states.at(planned.name).notice};
        for (const Link &link : view.links)
            if (client_of(link.from) == planned.name)
                application.links.push_back(link);
        applications.push_back(std::move(application));
    }
    notices = plan.notices;
    if (journal_fails)
        notices.emplace_back("the journal cannot be written: after a crash, nobody links the "
                             "applications to their sinks again");
    for (const Link &link : keeper.given_up())
        notices.push_back("the server does not connect " + link.from + " to " + link.to);
}

const std::vector<RoutedApplication> &Reconciler::applications() const {
    return impl_->applications;
}

const std::vector<std::string> &Reconciler::notices() const {
    return impl_->notices;
}

std::uint64_t Reconciler::raw_frames() const {
    return static_cast<std::uint64_t>(std::llround(impl_->raw_frames));
}

} // namespace headroom::graph
