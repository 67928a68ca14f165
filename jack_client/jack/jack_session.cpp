// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/jack_session.hpp"

#include "jack_client/graph/controller_links.hpp"
#include "jack_client/graph/quiet_moment.hpp"
#include "jack_client/jack/client.hpp"
#include "jack_client/jack/process_client.hpp"
#include "jack_client/jack/rejoining.hpp"
#include "jack_client/jack/server_graph.hpp"
#include "jack_client/jack/strip_keeper.hpp"
#include "jack_client/jack/watchdog.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <optional>
#include <sys/eventfd.h>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace headroom::jack {
namespace {

using std::chrono::milliseconds;

/// How soon what is not finished is looked at again.
constexpr milliseconds kPollInterval{100};

/// How soon a structural change may be complete.
constexpr milliseconds kStructureInterval{20};

/// How often the number of callbacks and of xruns is looked at; the rest tells of itself, under
/// PipeWire by look_again().
constexpr milliseconds kCountInterval{1000};

/// How long links take to go, at the most.
constexpr milliseconds kUnlinkTime{1000};

/// A call of libjack that takes longer at the end of the session is left behind.
constexpr milliseconds kPatience{1200};

constexpr milliseconds kFirstRetry{100};
constexpr milliseconds kSlowestRetry{1000};

/// Signals belong to the control thread, and writing to a dead server must not end the program.
/// libjack's threads inherit this.
void block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number :
         {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2, SIGWINCH})
        sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

bool has_client(const graph::Snapshot &snapshot, const std::string &name) {
    return std::any_of(snapshot.ports.begin(), snapshot.ports.end(),
                       [&](const graph::Port &port) { return port.client() == name; });
}

/// PipeWire before 0.3.71 lets two clients have the same name.
std::string free_client_name(const graph::Snapshot &snapshot, const std::string &wanted) {
    std::string name = wanted;
    for (int number = 1; has_client(snapshot, name); ++number)
        name = wanted + (number < 10 ? "-0" : "-") + std::to_string(number);
    return name;
}

std::string joined(const std::vector<std::string> &texts) {
    std::string all;
    for (const std::string &text : texts)
        all.append(all.empty() ? "" : "; ").append(text);
    return all;
}

/// Empty where all went well.
std::string text_of_failure(const Result<void> &result) {
    return result ? "" : result.error().text();
}

} // namespace

struct JackSession::Impl {
    Impl(SessionOptions session_options, engine::Engine &engine_to_run)
        : options(std::move(session_options)), engine(engine_to_run) {}

    ~Impl() { close(event_fd); }

    // Graph thread
    SessionOptions options;
    engine::Engine &engine;
    ServerGraph server_graph;
    std::unique_ptr<graph::Journal> journal;
    std::string journal_notice;
    StripKeeper strips{engine, [this](const std::string &application) {
                           return server_graph.shown_name(application);
                       }};
    graph::Reconciler reconciler{server_graph};
    graph::ControllerLinks controllers{server_graph};
    std::unique_ptr<ProcessClient> process;
    std::uint64_t published_revision = 0;
    std::chrono::steady_clock::time_point last_event{};
    std::chrono::steady_clock::time_point rest_seen{};
    std::vector<graph::Event> unseen; ///< since controllers were connected
    bool unhealthy = false; ///< the applications are not with us until callbacks come again
    Rejoining rejoining;
    std::uint64_t connections = 0;
    std::string notice; ///< while not connected
    std::string side_ports_notice;

    // Any thread
    std::atomic<bool> described{false}; ///< something that an application was described by
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    mutable std::mutex mutex; ///< guards what follows
    SessionStatus status;
    std::uint64_t xruns_before = 0;                ///< of former connections
    std::shared_ptr<ProcessClient::Counts> counts; ///< nullptr while not connected
    Watchdog watchdog;
    using Rules = std::tuple<std::vector<Rule>, std::vector<Connection>, std::vector<std::string>>;
    std::optional<Rules> new_rules;
    std::optional<std::vector<SidePorts>> new_side_ports;
    std::optional<std::vector<std::string>> new_devices;
    bool stopping = false;

    std::thread thread;
    std::future<void> ended; ///< the thread has

    bool ends_in_time() const;
    void run(std::promise<Result<void>> first_connection);
    Result<void> connect();
    void disconnect();
    void deactivate();
    Result<void> follow_sample_rate();
    milliseconds maintain(const std::vector<graph::Event> &events);
    bool look_at_the_rest(const std::vector<graph::Event> &events);
    graph::RouterSetup router_setup();
    void open_journal();
    bool engine_is_called();
    void watch_callbacks();
    bool must_rejoin();
    std::string connected_notice() const;
    void publish();
    void add_counts(SessionStatus &to) const;

    bool is_stopping() const {
        const std::lock_guard lock(mutex);
        return stopping;
    }
};

graph::RouterSetup JackSession::Impl::router_setup() {
    graph::RouterSetup setup{.backend = options.backend,
                             .own_client = process->name(),
                             .buses = process->buses(),
                             .rules = options.rules,
                             .connections = options.connections,
                             .former_default_names = options.former_default_names,
                             .describe_all = options.describer != nullptr,
                             .strips = &strips,
                             .sinks = options.sink_host};
    for (std::size_t i = 0; i < std::min(setup.buses.size(), options.sinks.size()); ++i)
        setup.buses[i].sink = options.sinks[i];
    return setup;
}

/// Routing goes on without one, and says so.
void JackSession::Impl::open_journal() {
    if (options.journal_folder.empty())
        return;
    const std::string server = server_key(options.server_name);
    auto opened =
        graph::Journal::open(options.journal_folder, server, process->name(), options.at_end);
    journal_notice = opened ? "" : opened.error().text();
    if (!opened)
        return;
    journal = std::move(*opened);
    reconciler.keep_journal(journal.get());
}

Result<void> JackSession::Impl::connect() {
    const std::string graph_name = options.graph_client_name.empty()
                                       ? options.client_name + "-graph"
                                       : options.graph_client_name;
    if (auto opened = server_graph.open(graph_name, options.server_name); !opened)
        return opened;
    auto client = ProcessClient::open(
        free_client_name(server_graph.snapshot(), options.client_name), options.server_name, engine,
        [this] { server_graph.wake(); }, options.midi);
    if (!client) {
        server_graph.close();
        return tl::unexpected(client.error());
    }
    process = std::move(*client);
    side_ports_notice = text_of_failure(process->set_side_ports(options.side_ports));
    engine.prepare(process->sample_rate_hz());
    if (auto activated = process->activate(); !activated) {
        disconnect();
        return activated;
    }
    strips.use(process.get());
    ++connections;
    unhealthy = false;
    {
        const std::lock_guard lock(mutex);
        watchdog.restart(std::chrono::steady_clock::now());
        counts = process->counts();
    }
    open_journal();
    reconciler.configure(router_setup());
    return {};
}

void JackSession::Impl::disconnect() {
    reconciler.step({{.kind = graph::Event::Kind::server_lost}});
    controllers.forget_everything();
    unseen.clear();
    reconciler.keep_journal(nullptr);
    journal.reset();
    server_graph.close();
    {
        const std::lock_guard lock(mutex);
        xruns_before += process->counts()->xruns;
        counts.reset();
    }
    strips.use(nullptr);
    process.reset();
}

/// Stops the process client, and returns once the graph has told of every link that went with it.
void JackSession::Impl::deactivate() {
    const auto is_own = [this](const std::string &port) {
        return port.compare(0, process->name().size() + 1, process->name() + ":") == 0;
    };
    std::vector<graph::Link> links = server_graph.snapshot().links;
    std::erase_if(links,
                  [&](const graph::Link &link) { return !is_own(link.from) && !is_own(link.to); });
    process->deactivate();
    const auto deadline = std::chrono::steady_clock::now() + kUnlinkTime;
    while (!links.empty() && std::chrono::steady_clock::now() < deadline)
        for (const graph::Event &event : server_graph.wait(kPollInterval))
            if (event.kind == graph::Event::Kind::unlinked)
                std::erase(links, graph::Link{event.from, event.to});
}

/// The links go with the old rate; that is not the user's doing, and the rules make them anew.
Result<void> JackSession::Impl::follow_sample_rate() {
    reconciler.step({{.kind = graph::Event::Kind::server_lost}});
    controllers.forget_everything();
    deactivate();
    engine.prepare(process->sample_rate_hz());
    if (auto activated = process->activate(); !activated)
        return activated;
    reconciler.configure(router_setup());
    return {};
}

/// With the mutex held. A graph thread that waits for a server that hangs cannot tell of it.
bool JackSession::Impl::engine_is_called() {
    const auto now = std::chrono::steady_clock::now();
    if (!status.connected || status.freewheel)
        watchdog.restart(now);
    watchdog.look(engine.timing().callbacks, now);
    return watchdog.is_healthy();
}

/// An engine that is not called would keep its applications silent.
void JackSession::Impl::watch_callbacks() {
    bool healthy = false;
    {
        const std::lock_guard lock(mutex);
        healthy = engine_is_called();
    }
    if (healthy == !std::exchange(unhealthy, !healthy))
        return;
    if (unhealthy)
        reconciler.end(options.at_end);
    else
        reconciler.configure(router_setup());
}

bool JackSession::Impl::must_rejoin() {
    const auto now = std::chrono::steady_clock::now();
    if (unhealthy)
        return rejoining.is_due(process->server_frame(), now);
    rejoining.rest(now);
    return false;
}

/// One look at everything while connected. How soon the next one is wanted.
milliseconds JackSession::Impl::maintain(const std::vector<graph::Event> &events) {
    std::optional<Rules> rules;
    std::optional<std::vector<SidePorts>> side_ports;
    std::optional<std::vector<std::string>> devices;
    {
        const std::lock_guard lock(mutex);
        rules = std::exchange(new_rules, std::nullopt);
        side_ports = std::exchange(new_side_ports, std::nullopt);
        devices = std::exchange(new_devices, std::nullopt);
    }
    if (side_ports) {
        options.side_ports = std::move(*side_ports);
        side_ports_notice = text_of_failure(process->set_side_ports(options.side_ports));
    }
    if (rules)
        std::tie(options.rules, options.connections, options.sinks) = std::move(*rules);
    if ((rules || side_ports) && !unhealthy)
        reconciler.configure(router_setup());
    watch_callbacks();
    if (devices)
        controllers.set_devices(*devices);
    process->note_controllers(events);
    const milliseconds pause = reconciler.step(events);
    const bool rest_changes = look_at_the_rest(events);
    const bool structure_changes = process->follow_latency();
    const bool strips_change = strips.sweep();
    if (std::any_of(events.begin(), events.end(), [](const graph::Event &event) {
            return event.kind == graph::Event::Kind::described;
        }))
        strips.follow_names();
    if (structure_changes)
        return std::min(pause, kStructureInterval);
    return std::min(pause, rest_changes || strips_change ? kPollInterval : kCountInterval);
}

/// At what needs questions about links, once they rest. Whether to look again soon.
bool JackSession::Impl::look_at_the_rest(const std::vector<graph::Event> &events) {
    const auto now = std::chrono::steady_clock::now();
    if (!events.empty())
        last_event = now;
    unseen.insert(unseen.end(), events.begin(), events.end());
    if (now < graph::quiet_moment(rest_seen, last_event))
        return true;
    rest_seen = now;
    process->connect_controllers(controllers, std::exchange(unseen, {}));
    const bool inserts_change = process->follow_inserts();
    return inserts_change || controllers.waits();
}

std::string JackSession::Impl::connected_notice() const {
    std::vector<std::string> notices = reconciler.notices();
    if (!journal_notice.empty())
        notices.push_back(journal_notice);
    if (!strips.notice().empty())
        notices.push_back(strips.notice());
    if (!side_ports_notice.empty())
        notices.push_back(side_ports_notice);
    return joined(notices);
}

/// With the mutex held.
void JackSession::Impl::add_counts(SessionStatus &to) const {
    to.xruns = xruns_before + (counts ? counts->xruns.load() : 0);
    to.stream_start_frame = counts ? counts->stream_start_frame.load() : 0;
}

void JackSession::Impl::publish() {
    SessionStatus now;
    now.connected = process != nullptr;
    now.server = server_kind();
    now.backend = graph::name_of(options.backend);
    now.backend_reason = options.backend_reason;
    now.client_name = process ? process->name() : options.client_name;
    now.sample_rate_hz = engine.sample_rate_hz();
    now.period_frames = process ? process->period_frames() : 0;
    now.freewheel = process && process->freewheel();
    now.reconnects = connections > 0 ? connections - 1 : 0;
    now.raw_frames = reconciler.raw_frames();
    if (process && (reconciler.revision() != published_revision || !status.connected)) {
        published_revision = reconciler.revision();
        now.applications = reconciler.applications();
    } else if (process) {
        now.applications = status.applications;
    }
    if (process) {
        now.inserts = process->inserts();
        now.bus_sinks = reconciler.bus_sinks();
    }
    now.notice = process ? connected_notice() : notice;
    {
        const std::lock_guard lock(mutex);
        add_counts(now);
        if (now == status)
            return;
        status = std::move(now);
    }
    eventfd_write(event_fd, 1);
}

void JackSession::Impl::run(std::promise<Result<void>> first_connection) {
    block_signals();
    silence_libjack();
    server_graph.describe_with(options.describer);
    auto connected = connect();
    publish();
    first_connection.set_value(connected);
    if (!connected)
        return;

    milliseconds pause{0};
    milliseconds retry = kFirstRetry;
    while (!is_stopping()) {
        std::vector<graph::Event> events = server_graph.wait(pause);
        const bool is_described = described.exchange(false);
        if (process && (process->take_described() || is_described))
            events.push_back({.kind = graph::Event::Kind::described});
        if (process && (server_graph.server_lost() || process->server_lost())) {
            disconnect();
            notice = "the JACK server has gone; waiting for it to come back";
            pause = retry = kFirstRetry;
        } else if (process && process->sample_rate_hz() != engine.sample_rate_hz()) {
            if (!follow_sample_rate()) {
                disconnect();
                notice = "the JACK server has changed its sample rate";
            }
            pause = milliseconds(0);
        } else if (process && must_rejoin()) {
            disconnect();
            notice = "the JACK server goes on without headroom, which connects anew";
            pause = milliseconds(0);
        } else if (process) {
            pause = maintain(events);
        } else if (connect()) {
            pause = milliseconds(0);
        } else {
            pause = retry = std::min(2 * retry, kSlowestRetry);
        }
        publish();
    }
    if (process && !server_graph.server_lost()) {
        process->fade_out();
        reconciler.end(options.at_end);
    }
    if (process)
        disconnect();
}

JackSession::JackSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<JackSession>> JackSession::open(SessionOptions options,
                                                       engine::Engine &engine) {
    auto impl = std::make_unique<Impl>(std::move(options), engine);
    std::promise<Result<void>> promise;
    std::future<Result<void>> first_connection = promise.get_future();
    std::promise<void> end;
    impl->ended = end.get_future();
    impl->thread =
        std::thread([state = impl.get(), p = std::move(promise), e = std::move(end)]() mutable {
            state->run(std::move(p));
            e.set_value();
        });
    if (auto connected = first_connection.get(); !connected) {
        impl->thread.join();
        return tl::unexpected(connected.error());
    }
    return std::unique_ptr<JackSession>(new JackSession(std::move(impl)));
}

JackSession::~JackSession() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->server_graph.wake();
    if (impl_->ends_in_time()) {
        impl_->thread.join();
        return;
    }
    // What libjack's threads and ours may still use stays.
    impl_->server_graph.leave_behind();
    {
        const std::lock_guard lock(impl_->mutex);
        if (impl_->counts)
            impl_->counts->is_left_behind = true;
    }
    impl_->thread.detach();
    static_cast<void>(impl_.release());
    // libjack's own clean-up would wait as well, so the program ends without it.
    ::on_exit(
        [](int status, void *) {
            std::fflush(nullptr);
            ::_exit(status);
        },
        nullptr);
}

/// Whether the thread comes to its end; false once it has waited in one call for too long.
bool JackSession::Impl::ends_in_time() const {
    using std::chrono::steady_clock;
    std::uint64_t progress = server_graph.progress();
    auto since = steady_clock::now();
    while (ended.wait_for(milliseconds(10)) != std::future_status::ready) {
        if (const std::uint64_t now = server_graph.progress(); now != std::exchange(progress, now))
            since = steady_clock::now();
        else if (steady_clock::now() - since >= kPatience)
            return false;
    }
    return true;
}

SessionStatus JackSession::status() const {
    const std::lock_guard lock(impl_->mutex);
    SessionStatus status = impl_->status;
    impl_->add_counts(status);
    if (!impl_->engine_is_called())
        status.notice =
            std::string("the server has not called the engine for 2 s; applications ") +
            (impl_->options.at_end == graph::AtEnd::restore ? "play straight to their sinks"
                                                            : "stay silent");
    return status;
}

void JackSession::look_again() {
    impl_->server_graph.wake();
}

void JackSession::set_rules(std::vector<Rule> rules, std::vector<Connection> connections,
                            std::vector<std::string> sinks) {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->new_rules = {std::move(rules), std::move(connections), std::move(sinks)};
    }
    impl_->server_graph.wake();
}

void JackSession::set_side_ports(std::vector<SidePorts> side_ports) {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->new_side_ports = std::move(side_ports);
    }
    impl_->server_graph.wake();
}

void JackSession::set_devices(std::vector<std::string> patterns) {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->new_devices = std::move(patterns);
    }
    impl_->server_graph.wake();
}

void JackSession::latency_changed() {
    impl_->server_graph.wake();
}

void JackSession::descriptions_changed() {
    impl_->described = true;
    impl_->server_graph.wake();
}

int JackSession::event_fd() const {
    return impl_->event_fd;
}

} // namespace headroom::jack
