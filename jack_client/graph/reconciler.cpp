// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/reconciler.hpp"

#include "jack_client/graph/application_router.hpp"
#include "jack_client/graph/planner.hpp"
#include "jack_client/graph/quiet_moment.hpp"
#include "jack_client/graph/routed_applications.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace headroom::graph {

namespace {

using namespace std::chrono_literals;

/// A look at everything without any event, for what no event tells.
constexpr auto kAuditTime = 1000ms;

/// A look at everything may take this part of the time, where the graph is large.
constexpr int kAuditShare = 50;

/// How long a client takes to describe itself after its first port.
constexpr auto kDescribeTime = 200ms;

/// Owner of the links that belong to no application.
const std::string nobody;

} // namespace

struct Reconciler::Impl {
    explicit Impl(PortGraph &port_graph)
        : graph(port_graph), keeper(port_graph), router(port_graph, planner, view, keeper) {}

    PortGraph &graph;
    Planner planner;
    GraphView view;
    LinkKeeper keeper;
    ApplicationRouter router;
    Descriptions descriptions;
    std::map<std::string, TimePoint> asked_again; ///< clients, and until when
    PortFlux flux;

    bool active = false;   ///< configured, and not ended since
    bool changed = true;   ///< look at everything even without an event
    TimePoint next_look{}; ///< at everything
    TimePoint last_event{};
    std::set<std::pair<TimePoint, std::string>> agenda; ///< clients to look at again
    std::set<Link> user_shortcuts;
    bool shortcuts_taken = false; ///< those of the time before us are removed

    double raw_frames = 0.0;
    std::chrono::steady_clock::duration raw_counted{};
    RoutedApplications applications;
    std::vector<std::string> notices;

    /// When to look at everything, if nothing more happens.
    TimePoint quiet_look() const { return quiet_moment(next_look, last_event); }
    void look_by(TimePoint when) { next_look = std::min(next_look, when); }
    void look_at_everything(const std::vector<Event> &events);
    void place_at_sight(const std::vector<Event> &events);
    bool look_at_clients(const std::vector<Event> &events);
    bool may_follow_default(const std::string &client) const;
    std::set<std::string> clients_due(const std::vector<Event> &events);
    void note(const std::vector<Event> &events);
    ClientDescription describe(const std::string &name, const ClientView &client);
    void plan(const std::string &client, const ClientDescription &description);
    void route(const std::string &client);
    void keep_feeds();
    void keep_own_links();
    void remove_shortcuts();
    void publish(const std::string &client);
    void publish_notices();
    void forget_everything();
    void count_raw();
};

Reconciler::Reconciler(PortGraph &graph) : impl_(std::make_unique<Impl>(graph)) {}
Reconciler::~Reconciler() = default;

void Reconciler::configure(RouterSetup setup) {
    impl_->planner.configure(std::move(setup));
    impl_->active = impl_->changed = true;
    impl_->keeper.try_again();
    impl_->router.rules_changed();
}

void Reconciler::keep_journal(Journal *journal) {
    impl_->router.keep_journal(journal);
}

std::chrono::milliseconds Reconciler::step(const std::vector<Event> &events) {
    Impl &impl = *impl_;
    const auto has = [&](Event::Kind kind) {
        return std::any_of(events.begin(), events.end(),
                           [kind](const Event &event) { return event.kind == kind; });
    };
    if (has(Event::Kind::server_lost)) {
        impl.forget_everything();
        return kAuditTime;
    }
    if (!impl.active)
        return kAuditTime;
    if (!events.empty())
        impl.last_event = impl.graph.now();
    impl.flux.note(events, impl.view);
    impl.flux.settle(impl.graph.now());
    impl.agenda.merge(impl.flux.ends());
    if (has(Event::Kind::described) && impl.planner.asks_for_descriptions()) {
        impl.descriptions.clear();
        impl.look_by(impl.graph.now() + kDescribeTime);
    }
    if (impl.planner.setup().describe_all)
        impl.place_at_sight(events);
    if (impl.changed || !impl.look_at_clients(events))
        impl.look_at_everything(events);
    else if (impl.graph.now() >= impl.quiet_look())
        impl.look_at_everything({});
    impl.count_raw();
    TimePoint next = impl.quiet_look();
    if (!impl.agenda.empty())
        next = std::min(next, impl.agenda.begin()->first);
    const auto delay = std::chrono::ceil<std::chrono::milliseconds>(next - impl.graph.now());
    return std::clamp<std::chrono::milliseconds>(delay, 1ms, kAuditTime);
}

void Reconciler::Impl::look_at_everything(const std::vector<Event> &events) {
    const auto begun = std::chrono::steady_clock::now();
    changed = false;
    agenda = flux.ends();
    next_look = graph.now() + kAuditTime;
    view = GraphView(graph.snapshot());
    std::erase_if(descriptions, [&](const auto &known) { return !view.find(known.first); });
    std::erase_if(asked_again, [&](const auto &known) { return !view.find(known.first); });
    for (const auto &[name, client] : view.clients())
        describe(name, client);
    for (const Event &event : events)
        if (event.kind == Event::Kind::port_removed) {
            router.note(event);
            std::erase_if(user_shortcuts, [&](const Link &link) { return link.to == event.from; });
        }
    planner.plan_all(view, descriptions, flux);
    router.forget_the_ended();
    for (const auto &[name, application] : planner.plan().applications)
        router.follow(application);
    router.take_over_debts();
    note(events);
    router.raw_time().settle(view, graph.now());
    remove_shortcuts();
    for (const auto &[name, application] : planner.plan().applications)
        route(name);
    keep_feeds();
    keep_own_links();
    const auto &planned = planner.plan().applications;
    applications.keep_if([&](const std::string &name) { return planned.contains(name); });
    for (const auto &[name, application] : planned)
        publish(name);
    publish_notices();
    next_look =
        std::max(next_look, graph.now() + kAuditShare * (std::chrono::steady_clock::now() - begun));
    if (planner.is_stale())
        look_by(graph.now() + kVerifyTime);
}

/// To describe a client takes time, in which a bypassed one would be heard from our sink.
void Reconciler::Impl::place_at_sight(const std::vector<Event> &events) {
    for (const Event &event : events) {
        const std::string client = client_of(event.from);
        if (event.kind != Event::Kind::port_added || descriptions.contains(client) ||
            planner.plan().applications.contains(client))
            continue;
        view.replace(client, graph.look(client));
        if (planner.is_bypassed_at_sight(client, view)) {
            plan(client, {});
            route(client);
        }
    }
}

/// Looks only at the clients that the events name and at those whose time has come. False where
/// that is not enough; then nothing has been done.
bool Reconciler::Impl::look_at_clients(const std::vector<Event> &events) {
    const std::set<std::string> due = clients_due(events);
    for (const std::string &client : due)
        if (planner.may_concern_all(client, view))
            return false;
    for (const std::string &client : due) {
        view.replace(client, graph.look(client));
        if (planner.may_concern_all(client, view) || may_follow_default(client))
            return false;
    }
    for (const Event &event : events)
        if (event.kind == Event::Kind::port_removed)
            router.note(event);
    for (const std::string &client : due) {
        const ClientView *seen = view.find(client);
        if (!seen) {
            descriptions.erase(client);
            asked_again.erase(client);
        }
        const ClientDescription description = seen ? describe(client, *seen) : ClientDescription{};
        if (!description.link_group.empty())
            return false;
        plan(client, description);
    }
    note(events);
    router.raw_time().settle(view, graph.now());
    for (const std::string &client : due) {
        route(client);
        publish(client);
    }
    keep_feeds();
    changed = planner.is_stale();
    return true;
}

/// Under PipeWire, a client that plays beside our sink may be where another default took it.
bool Reconciler::Impl::may_follow_default(const std::string &client) const {
    const std::set<Link> &links = view.links_from(client);
    return planner.setup().backend != Backend::direct &&
           std::any_of(links.begin(), links.end(),
                       [&](const Link &link) { return planner.plan().playback.contains(link.to); });
}

/// Takes what is due off the agenda.
std::set<std::string> Reconciler::Impl::clients_due(const std::vector<Event> &events) {
    std::set<std::string> due;
    for (const Event &event : events)
        if (!event.from.empty())
            due.insert(client_of(event.from));
    while (!agenda.empty() && agenda.begin()->first <= graph.now())
        due.insert(agenda.extract(agenda.begin()).value().second);
    return due;
}

/// Ports that ended have been noted before the plan.
void Reconciler::Impl::note(const std::vector<Event> &events) {
    for (const Event &event : events)
        if (event.kind == Event::Kind::port_added)
            router.note(event);
    for (const Event &event : events)
        if (event.kind == Event::Kind::linked || event.kind == Event::Kind::unlinked)
            router.note(event);
}

/// What we have just told of a stream may look like its own choice: then it is asked for again.
ClientDescription Reconciler::Impl::describe(const std::string &name, const ClientView &client) {
    if (const auto known = descriptions.find(name); known != descriptions.end())
        return known->second;
    const auto output = std::find_if(client.ports.begin(), client.ports.end(),
                                     [](const Port &p) { return p.is_output && !p.is_physical; });
    if (!planner.asks_for_descriptions() || (client.is_sink && !planner.setup().describe_all) ||
        output == client.ports.end() || belongs_to(name, planner.setup().own_client))
        return {};
    ClientDescription out = graph.describe(name, output->name);
    if (!out.target.empty() && router.placed_at(name) == out.target) {
        const TimePoint until =
            asked_again.try_emplace(name, graph.now() + kDescribeTime).first->second;
        if (graph.now() < until) {
            out.target.clear();
            out.device.clear();
            agenda.emplace(until, name);
            return out;
        }
    }
    descriptions.emplace(name, out);
    return out;
}

void Reconciler::Impl::plan(const std::string &client, const ClientDescription &description) {
    planner.plan_client(client, view, description, flux.contains(client));
    const auto planned = planner.plan().applications.find(client);
    if (planned == planner.plan().applications.end())
        router.forget(client, graph.now());
    else
        router.follow(planned->second);
}

void Reconciler::Impl::route(const std::string &client) {
    const auto planned = planner.plan().applications.find(client);
    if (planned == planner.plan().applications.end())
        return;
    if (const auto next = router.route(planned->second))
        agenda.emplace(*next, client);
}

void Reconciler::Impl::keep_feeds() {
    if (planner.setup().backend == Backend::direct)
        return;
    for (const auto next : {router.keep_feeds(), router.place_effect()})
        if (next)
            look_by(*next);
}

/// Those of the buses, of our PipeWire sink, and those that rules ask for by name.
void Reconciler::Impl::keep_own_links() {
    const Plan &plan = planner.plan();
    std::set<Link> wanted = plan.connections;
    wanted.insert(plan.bus_links.begin(), plan.bus_links.end());
    wanted.insert(plan.monitor_links.begin(), plan.monitor_links.end());
    if (const auto next = keeper.keep(nobody, wanted, view))
        look_by(*next);
    if (!plan.monitor_links.empty())
        router.owe(kHeadroomSink, {plan.restore_links.begin(), plan.restore_links.end()});
}

/// Links from our sink's monitor straight to another sink keep sound while we are away; once we
/// are here they would double it. One that is made later is the user's.
void Reconciler::Impl::remove_shortcuts() {
    const Plan &plan = planner.plan();
    if (plan.monitor_links.empty())
        return;
    for (const Link &link : plan.shortcuts) {
        if (!view.has(link))
            continue;
        if (shortcuts_taken)
            user_shortcuts.insert(link);
        if (!user_shortcuts.contains(link))
            graph.disconnect(link);
    }
    shortcuts_taken =
        std::none_of(plan.shortcuts.begin(), plan.shortcuts.end(), [&](const Link &link) {
            return view.has(link) && !user_shortcuts.contains(link);
        });
    if (!shortcuts_taken)
        look_by(graph.now() + kVerifyTime);
}

void Reconciler::end(AtEnd at_end) {
    Impl &impl = *impl_;
    if (!impl.active)
        return;
    impl.active = false;
    if (at_end == AtEnd::restore) {
        impl.view = GraphView(impl.graph.snapshot());
        impl.router.give_all_back();
        // In this order our sink keeps its driver, and PipeWire 0.3.65 may silence a stream for
        // good that changes it twice in a moment.
        for (const Link &link : impl.planner.plan().restore_links)
            impl.graph.connect(link);
        for (const Link &link : impl.planner.plan().monitor_links)
            if (impl.keeper.made(nobody, link) && impl.view.has(link))
                impl.graph.disconnect(link);
    } else {
        impl.router.let_go();
    }
    impl.count_raw();
    impl.keeper.forget_everything();
    impl.shortcuts_taken = false;
}

void Reconciler::Impl::forget_everything() {
    count_raw();
    raw_counted = {};
    keeper.forget_everything();
    router.forget_everything(active);
    descriptions.clear();
    flux.forget_everything();
    user_shortcuts.clear();
    shortcuts_taken = false;
    applications.clear();
    changed = true;
}

void Reconciler::Impl::count_raw() {
    const auto total = router.raw_time().total();
    const std::chrono::duration<double> seconds = total - std::exchange(raw_counted, total);
    raw_frames += seconds.count() * graph.sample_rate_hz();
}

void Reconciler::Impl::publish(const std::string &client) {
    const auto planned = planner.plan().applications.find(client);
    if (planned == planner.plan().applications.end())
        return applications.erase(client);
    const std::set<Link> &links = view.links_from(client);
    applications.put({.name = client,
                      .route = planned->second.route,
                      .rule = planned->second.rule,
                      .links = {links.begin(), links.end()},
                      .notice = router.notice(client),
                      .names = planned->second.names});
}

void Reconciler::Impl::publish_notices() {
    notices = planner.plan().notices;
    if (router.journal_fails())
        notices.emplace_back("the journal cannot be written: after a crash, nobody links the "
                             "applications to their sinks again");
    const auto add = [&](const std::string &owner) {
        for (const auto &[link, is_accepted] : keeper.given_up(owner))
            notices.push_back((is_accepted ? "the server says that it connects "
                                           : "the server does not connect ") +
                              link.from + " to " + link.to +
                              (is_accepted ? ", and does not: does its self-connect setting "
                                             "(jackd -a) forbid it?"
                                           : ""));
    };
    add(nobody);
    add(ApplicationRouter::kFeeds);
    for (const auto &[name, application] : planner.plan().applications)
        add(name);
}

const std::vector<std::string> &Reconciler::bus_sinks() const {
    return impl_->planner.plan().bus_sinks;
}

const std::vector<RoutedApplication> &Reconciler::applications() const {
    return impl_->applications.all();
}

std::uint64_t Reconciler::revision() const {
    return impl_->applications.revision();
}

const std::vector<std::string> &Reconciler::notices() const {
    return impl_->notices;
}

std::uint64_t Reconciler::raw_frames() const {
    return static_cast<std::uint64_t>(std::llround(impl_->raw_frames));
}

} // namespace headroom::graph
