// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"
#include "config/profile.hpp"
#include "config/state_file.hpp"
#include "jack_client/app/audio_file.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/demo_programme.hpp"
#include "jack_client/app/event_log.hpp"
#include "jack_client/app/live_display.hpp"
#include "jack_client/app/osc_port.hpp"
#include "jack_client/app/pipewire_clients.hpp"
#include "jack_client/app/pipewire_sink.hpp"
#include "jack_client/app/service.hpp"
#include "jack_client/app/session.hpp"
#include "jack_client/app/summary.hpp"
#include "jack_client/app/virtual_sinks.hpp"
#include "jack_client/control/desired_state.hpp"
#include "jack_client/control/event_loop.hpp"
#include "jack_client/control/midi_keeper.hpp"
#include "jack_client/control/profile_keeper.hpp"
#include "jack_client/control/route_keeper.hpp"
#include "jack_client/jack/jack_session.hpp"
#include "jack_client/jack/pipewire_launcher.hpp"
#include "jack_client/jack/player_client.hpp"
#include "jack_client/jack/server.hpp"
#include "jack_client/jack/spawned_server.hpp"

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <optional>

namespace headroom::app {

namespace {

using std::chrono::milliseconds;

struct RunOptions {
    std::string profile = "default";
    std::string server;
    std::string input;
    double seconds = 0.0;
    OscPort::Options osc;
    std::string backend = "auto";
    graph::AtEnd at_end = graph::AtEnd::restore;
    bool json = false;
    bool no_overlay = false;
    std::vector<std::string> listen; ///< for OSC, beside the loopback addresses
    std::vector<std::string> allow;
    char *const *argv = nullptr; ///< of the program, to start it again
};

constexpr milliseconds kIdlePeriod{500};
constexpr milliseconds kTerminalPeriod{100};
constexpr milliseconds kLinePeriod{1000};
constexpr milliseconds kSinkPeriod{500};

void say(const std::string &line, Priority priority = Priority::information) {
    std::cerr << journal_prefix(priority) << "headroom: " << line << std::endl;
}

void say_notice(const std::string &line) {
    say(line, Priority::notice);
}

/// What the profile says and what the command line adds.
Result<OscSettings> network_settings(OscSettings settings, const RunOptions &options) {
    settings.listen.insert(settings.listen.end(), options.listen.begin(), options.listen.end());
    for (const std::string &text : options.allow) {
        const auto network = Network::parse(text);
        if (!network)
            return failure("--allow " + text + " is no network",
                           "give one such as 192.168.1.0/24, or an address such as 192.168.1.10");
        settings.allow.push_back(*network);
    }
    if (!settings.listen.empty() && settings.allow.empty() && settings.peers.empty())
        return failure("nobody is allowed to speak to " + settings.listen.front(),
                       "say who is, for instance --allow 192.168.1.0/24");
    return settings;
}

std::string joined(const std::string &a, const std::string &b) {
    return a + (a.empty() || b.empty() ? "" : "; ") + b;
}

/// To a tenth: a clock tells no more.
double rounded(double value) {
    return std::round(value * 10.0) / 10.0;
}

std::vector<jack::SidePorts> side_ports(const Profile &profile) {
    std::vector<jack::SidePorts> out;
    for (const BusProfile &bus : profile.buses)
        out.push_back({.sidechain = bus.sidechain == kSidechainPorts, .insert = bus.insert_ports});
    return out;
}

std::vector<std::string> sinks(const Profile &profile) {
    std::vector<std::string> out;
    for (const BusProfile &bus : profile.buses)
        out.push_back(bus.sink);
    return out;
}

std::string inserts_text(const std::vector<jack::InsertState> &inserts) {
    std::string out;
    for (const jack::InsertState &insert : inserts) {
        out += (out.empty() ? "" : ", ") + insert.bus + ": ";
        out += insert.delay_frames > 0 ? std::to_string(insert.delay_frames) + " frames"
                                       : "not connected";
    }
    return out;
}

/// Everything that runs, in the order in which it starts; it ends the other way round.
class Run {
  public:
    /// manager: nullptr where there is none.
    Run(RunOptions options, Home home, osc::nsm::SessionClient *manager)
        : options_(std::move(options)), home_(std::move(home)), manager_(manager) {}

    Result<void> start();
    void run();
    /// Ends everything and tells what happened.
    std::string finish();
    /// Where the session manager has asked for another project, its home.
    std::optional<Home> take_next() { return std::exchange(next_, std::nullopt); }

  private:
    Result<void> find_server();
    Result<void> play(const std::string &server_name);
    void follow_session_manager();
    void keep_sink();
    void exchange();
    void on_write(control::ParameterTarget target);
    void adopt_network(const OscSettings &wanted);
    std::vector<std::pair<std::string, control::StatusValue>> status() const;
    std::vector<control::ApplicationStatus> applications() const;
    std::optional<ApplicationNames> names_of(const std::string &application) const;

    RunOptions options_;
    Home home_;
    osc::nsm::SessionClient *manager_;
    std::optional<Home> next_;
    control::EventLoop loop_;
    std::unique_ptr<control::ProfileKeeper> keeper_;
    std::unique_ptr<control::RouteKeeper> routes_;
    std::unique_ptr<jack::SpawnedServer> server_;
    std::unique_ptr<SinkForRun> sink_;
    std::uint64_t reconnects_with_sink_ = 0; ///< at which the sink was last seen to
    VirtualSinks virtual_sinks_;
    std::unique_ptr<engine::Engine> engine_;
    engine::MidiBridge midi_;
    std::unique_ptr<jack::JackSession> session_;
    std::unique_ptr<control::DesiredState> state_;
    std::unique_ptr<control::MidiKeeper> controllers_;
    bool will_exchange_ = false;
    std::unique_ptr<Summary> summary_;
    std::unique_ptr<OscPort> osc_;
    std::vector<std::string> listen_; ///< addresses that it was opened with
    std::unique_ptr<jack::PlayerClient> player_;
};

Result<void> Run::find_server() {
    if (jack::server_is_running(options_.server))
        return {};
    if (jack::needs_pw_jack(options_.server)) {
        say("only PipeWire runs here: starting again through pw-jack");
        return tl::unexpected(jack::restart_under_pw_jack(options_.argv));
    }
    if (home_.is_session())
        return failure("no JACK server answers", "start one, then open the session again");
    if (!options_.server.empty())
        return failure("no JACK server \"" + options_.server + "\" answers",
                       "start it, or leave --server out");
    if (is_service()) // nobody watches a demo
        return failure("neither a JACK server nor PipeWire runs",
                       "start one; the service tries again by itself");
    auto server = jack::SpawnedServer::start({});
    if (!server)
        return tl::unexpected(server.error());
    server_ = std::move(*server);
    options_.server = server_->name();
    say("no JACK server found: running one of our own (" + server_->name() +
        ", dummy driver) with a demo programme");
    return {};
}

Result<void> Run::play(const std::string &server_name) {
    const double rate_hz = engine_->sample_rate_hz();
    std::vector<std::vector<float>> audio;
    if (options_.input.empty()) {
        audio = demo_programme(rate_hz);
    } else {
        auto file = read_audio_file(options_.input, static_cast<int>(rate_hz));
        if (!file)
            return tl::unexpected(file.error());
        audio = std::move(file->channels);
    }
    auto player = jack::PlayerClient::start("demo", server_name, std::move(audio));
    if (!player)
        return tl::unexpected(player.error());
    player_ = std::move(*player);
    return {};
}

Result<void> Run::start() {
    keeper_ = std::make_unique<control::ProfileKeeper>(
        loop_, home_.profile, home_.overlay_file,
        home_.is_session() ? Overlay::Saving::on_request : Overlay::Saving::soon);
    if (auto found = find_server(); !found)
        return found;
    const bool is_pipewire = jack::libjack_is_pipewire();
    if (options_.backend == "null-sink" && !is_pipewire)
        return failure("the backend null-sink needs PipeWire, and this is JACK2",
                       "use --backend direct, or none");
    if (is_pipewire && options_.backend != "direct") {
        auto sink = SinkForRun::ensure();
        if (!sink)
            return tl::unexpected(sink.error());
        sink_ = std::move(*sink);
        if (sink_->is_temporary())
            say("the Headroom Sink is here for this run only; `headroom sink install` keeps it");
    }

    const Profile effective = keeper_->effective();
    engine_ = std::make_unique<engine::Engine>(control::engine_setup(effective), effective.globals,
                                               48000.0);
    state_ = std::make_unique<control::DesiredState>(
        *engine_, effective,
        control::DesiredState::Sources{[this] { return status(); },
                                       [this] { return applications(); }});
    auto network = network_settings(effective.osc, options_);
    if (!network)
        return tl::unexpected(network.error());
    if (manager_ != nullptr) {
        options_.osc.socket = manager_->socket();
        options_.osc.number = manager_->socket()->local().port();
        options_.osc.take_aside = [this](const osc::Endpoint &from,
                                         std::span<const std::uint8_t> packet) {
            return manager_->take(from, packet);
        };
    }
    auto osc = OscPort::open(options_.osc, *network, *state_);
    if (!osc)
        return tl::unexpected(osc.error());
    osc_ = std::move(*osc);
    listen_ = network->listen;

    routes_ = std::make_unique<control::RouteKeeper>(
        *keeper_, control::RouteKeeper::World{
                      [this](std::vector<Rule> rules, std::vector<Connection> connections) {
                          session_->set_rules(std::move(rules), std::move(connections),
                                              sinks(keeper_->profile()));
                      },
                      [this](const std::string &name) { return names_of(name); }});
    jack::SessionOptions session{.client_name = home_.client_name,
                                 .graph_client_name =
                                     home_.is_session() ? home_.client_name + "/graph" : "",
                                 .server_name = options_.server,
                                 .sinks = sinks(effective),
                                 .rules = routes_->rules(),
                                 .connections = effective.connections,
                                 .side_ports = side_ports(effective),
                                 .midi = &midi_,
                                 .at_end = options_.at_end};
    if (is_pipewire) {
        session.sink_host = &virtual_sinks_;
        session.describer = [](const std::string &client) {
            return describe_pipewire_client(client);
        };
    }
    if (options_.backend != "auto")
        session.backend =
            options_.backend == "direct" ? graph::Backend::direct : graph::Backend::null_sink;
    if (!server_)
        session.journal_folder = state_folder();
    constexpr float kHalf = 0.5f;
    if (home_.is_session())
        manager_->tell_progress(kHalf);
    auto opened = jack::JackSession::open(std::move(session), *engine_);
    if (!opened)
        return tl::unexpected(opened.error());
    session_ = std::move(*opened);

    summary_ = std::make_unique<Summary>(*state_);
    state_->observe_meters([this](const engine::MeterFrame &frame) { summary_->take(frame); });
    state_->observe([this](control::ParameterTarget target, float) { on_write(target); });
    keeper_->attach(*state_, {[this](const Profile &p) {
                                  routes_->apply();
                                  session_->set_side_ports(side_ports(p));
                                  adopt_network(p.osc);
                                  controllers_->apply();
                              },
                              say_notice,
                              [this] {
                                  if (manager_ != nullptr)
                                      manager_->tell_dirty(keeper_->has_changes());
                              }});
    state_->set_route_control(*routes_);
    controllers_ = std::make_unique<control::MidiKeeper>(
        control::MidiKeeper::World{*engine_, midi_, *state_, *keeper_});
    state_->set_controllers(*controllers_);
    if (server_ || !options_.input.empty())
        if (auto playing = play(options_.server); !playing)
            return playing;
    std::string others;
    for (const std::string &address : network->listen)
        others += " and " + address;
    say("OSC on 127.0.0.1:" + std::to_string(osc_->number()) + others);
    if (manager_ != nullptr)
        follow_session_manager();
    return {};
}

void Run::follow_session_manager() {
    manager_->set_requests({.open =
                                [this](const osc::nsm::Project &project) {
                                    auto home = open_project(project, options_.profile);
                                    if (!home)
                                        return manager_->refuse_open(home.error());
                                    next_ = std::move(*home);
                                    loop_.stop();
                                },
                            .save = [this]() -> tl::expected<void, osc::nsm::Refusal> {
                                if (auto saved = keeper_->save(home_.session_folder); !saved)
                                    return tl::unexpected(
                                        osc::nsm::Refusal{.text = saved.error().text()});
                                return {};
                            }});
    state_->observe_notices([this](const std::string &text) {
        constexpr int kImportant = 2;
        manager_->tell(kImportant, text);
    });
    if (!home_.is_session())
        return;
    manager_->tell_progress(1.0f);
    manager_->opened("profile " + keeper_->profile().name);
}

/// A PipeWire that has restarted knows nothing of a sink for this run. Its session manager comes
/// up after it, so a failure only means to try again.
void Run::keep_sink() {
    const jack::SessionStatus status = session_->status();
    if (!status.connected || status.reconnects == reconnects_with_sink_ || !sink_->renew())
        return;
    reconnects_with_sink_ = status.reconnects;
}

/// Takes on what a profile says about OSC, as far as a running program can.
void Run::adopt_network(const OscSettings &wanted) {
    const auto notice = [this](const std::string &text) {
        say(text, Priority::notice);
        state_->notify(text);
    };
    const auto network = network_settings(wanted, options_);
    if (!network)
        return notice(network.error().text() + "; who may speak OSC stays as it was");
    for (const Diagnostic &mistake : osc_->adopt(*network))
        notice(mistake.text());
    if (network->listen != listen_)
        notice("osc: listen: other addresses are listened on when headroom starts the next time");
}

void Run::on_write(control::ParameterTarget target) {
    if (parameter(target.id).structural && session_)
        session_->latency_changed();
}

/// Takes in what the engine has measured, and comes back where something waits for it.
void Run::exchange() {
    const auto again = state_->exchange();
    if (!again || std::exchange(will_exchange_, true))
        return;
    loop_.on_timer(*again, [this] {
        const auto more = state_->exchange();
        will_exchange_ = more.has_value();
        return more.value_or(milliseconds(-1));
    });
}

void Run::run() {
    LiveDisplay display(options_.json ? stderr : stdout);
    loop_.on_signal([this](int signal) {
        if (signal == SIGHUP)
            (void)keeper_->reload_profile(); // tells how it went
        else
            loop_.stop();
    });
    osc_->attach(loop_, [this] { exchange(); }); // the meters that are asked for are new
    EventLog log([](const std::string &line, Priority priority) { say(line, priority); });
    loop_.on_timer(milliseconds(0), [this, &log, is_seen = display.is_terminal()] {
        exchange();
        if (!is_seen) { // else it stands in the live block
            const jack::SessionStatus now = session_->status();
            log.look({now.xruns, engine_->timing().spikes}, now.notice,
                     std::chrono::steady_clock::now());
        }
        return kIdlePeriod;
    });
    const milliseconds period = display.is_terminal() ? kTerminalPeriod : kLinePeriod;
    if (!is_service() && !home_.is_session())
        loop_.on_timer(period, [this, &display, period] {
            exchange();
            display.show(*state_);
            return period;
        });
    loop_.on_timer(milliseconds(0), [this] {
        exchange();
        return controllers_->poll();
    });
    if (const auto pause = watchdog_period())
        loop_.on_timer(milliseconds(0), [pause] {
            tell_service_manager("WATCHDOG=1");
            return *pause;
        });
    if (server_)
        loop_.on_timer(kLinePeriod, [this] {
            if (!server_->is_alive()) {
                say("our own JACK server has died", Priority::error);
                loop_.stop();
            }
            return kLinePeriod;
        });
    if (sink_)
        loop_.on_timer(kSinkPeriod, [this] {
            keep_sink();
            return kSinkPeriod;
        });
    if (options_.seconds > 0.0)
        loop_.on_timer(milliseconds(static_cast<std::int64_t>(options_.seconds * 1000.0)), [this] {
            loop_.stop();
            return milliseconds(-1);
        });
    tell_service_manager("READY=1");
    loop_.run();
    tell_service_manager("STOPPING=1");
    display.clear();
}

std::string Run::finish() {
    state_->exchange();
    std::string out = options_.json ? summary_->json() : summary_->text();
    player_.reset();
    session_.reset();
    return out;
}

std::vector<std::pair<std::string, control::StatusValue>> Run::status() const {
    const jack::SessionStatus s = session_ ? session_->status() : jack::SessionStatus{};
    const engine::CallbackTiming timing = engine_->timing();
    std::string buses;
    std::string order;
    std::string sidechains;
    for (const BusProfile &bus : keeper_->profile().buses) {
        buses += (buses.empty() ? "" : " ") + bus.name;
        order += (order.empty() ? "" : ", ") + bus.name + ": " + to_text(bus.order);
        if (!bus.sidechain.empty())
            sidechains += (sidechains.empty() ? "" : ", ") + bus.name + ": " + bus.sidechain;
    }
    std::string strips;
    for (std::size_t i = 0; i < state_->strip_names().size(); ++i)
        if (state_->is_open(static_cast<int>(i)))
            strips += (strips.empty() ? "" : " ") + state_->strip_names()[i];
    return {
        {"version", HEADROOM_VERSION},
        {"profile", keeper_->profile().name},
        {"profile_file", keeper_->profile().file.string()},
        {"buses", buses},
        {"order", order},
        {"sidechains", sidechains},
        {"inserts", inserts_text(s.inserts)},
        {"strips", strips},
        {"server", s.connected ? s.server : std::string("server lost, waiting")},
        {"backend", s.backend},
        {"backend_reason", s.backend_reason},
        {"client", s.client_name},
        {"sample_rate", static_cast<std::int64_t>(s.sample_rate_hz)},
        {"period", static_cast<std::int64_t>(s.period_frames)},
        {"latency_frames", engine_->latency_frames(0)},
        {"stream_start_frame", static_cast<std::int64_t>(s.stream_start_frame)},
        {"xruns", static_cast<std::int64_t>(s.xruns)},
        {"raw_frames", static_cast<std::int64_t>(s.raw_frames)},
        {"reconnects", static_cast<std::int64_t>(s.reconnects)},
        {"callbacks", static_cast<std::int64_t>(timing.callbacks)},
        {"callback_us_mean", rounded(timing.mean_us)},
        {"callback_us_max", rounded(timing.max_us)},
        {"callback_spikes", static_cast<std::int64_t>(timing.spikes)},
        {"osc", "127.0.0.1:" + std::to_string(osc_ ? osc_->number() : options_.osc.number)},
        {"notice", joined(s.notice, keeper_->mistake())},
    };
}

std::optional<ApplicationNames> Run::names_of(const std::string &name) const {
    if (session_)
        for (const graph::RoutedApplication &application : session_->status().applications)
            if (application.name == name && application.names)
                return *application.names;
    return std::nullopt;
}

std::vector<control::ApplicationStatus> Run::applications() const {
    std::vector<control::ApplicationStatus> out;
    if (!session_)
        return out;
    for (const graph::RoutedApplication &application : session_->status().applications) {
        control::ApplicationStatus status{
            application.name, application.route.text(), application.rule, {}, application.notice};
        for (const graph::Link &link : application.links)
            status.links.emplace_back(link.from, link.to);
        out.push_back(std::move(status));
    }
    return out;
}

struct Ended {
    std::optional<Home> next; ///< that the session manager has asked for
    std::string summary;
};

Result<Ended> run_once(const RunOptions &options, Home home, osc::nsm::SessionClient *manager) {
    Run program(options, std::move(home), manager);
    if (auto started = program.start(); !started)
        return tl::unexpected(started.error());
    program.run();
    std::string summary = program.finish();
    return Ended{program.take_next(), std::move(summary)};
}

int fail(const Diagnostic &why) {
    say(why.text(), Priority::error);
    return 1;
}

int run(const RunOptions &options) {
    const control::EventLoop signals; // those that come while nothing runs wait
    if (!environment("NSM_URL", "").empty() && jack::needs_pw_jack(options.server))
        return fail(jack::restart_under_pw_jack(options.argv)); // before anybody has met us
    const auto manager =
        announce_to_session_manager(options.osc.number, options.argv[0], say_notice);
    const HomeOptions wanted{options.profile, options.no_overlay, say_notice};
    Result<std::optional<Home>> home =
        manager ? managed_home(*manager, wanted, true) : own_home(wanted);
    while (home && *home) {
        const bool is_session = (*home)->is_session();
        auto ended = run_once(options, std::move(**home), manager.get());
        if (ended) {
            home = std::move(ended->next);
            if (!*home)
                std::cout << ended->summary << std::flush;
        } else if (is_session) {
            say(ended.error().text(), Priority::error);
            manager->refuse_open({.text = ended.error().text()});
            home = managed_home(*manager, wanted, false);
        } else {
            return fail(ended.error());
        }
    }
    return home ? 0 : fail(home.error());
}

} // namespace

void add_run_command(CLI::App &app, int &exit_code, char *const *argv) {
    auto options = std::make_shared<RunOptions>();
    options->argv = argv;
    CLI::App *command = app.add_subcommand("run", "Process what applications play, until Ctrl-C");
    command->add_option("--profile", options->profile, "Name of a profile, or its file")
        ->capture_default_str();
    command->add_option("--input", options->input,
                        "Play this audio file through headroom, as client \"demo\"");
    command->add_option("--seconds", options->seconds, "End after this time")
        ->check(CLI::PositiveNumber);
    command->add_option("--server", options->server, "Name of the JACK server");
    command->add_option("--listen", options->listen,
                        "Listen for OSC on this address too, for a LAN; with --allow");
    command->add_option("--allow", options->allow,
                        "A network such as 192.168.1.0/24, or an address, that may speak to it");
    command
        ->add_option("--osc-port", options->osc.number, "UDP port to listen on; 0 takes a free one")
        ->capture_default_str();
    command
        ->add_option("--backend", options->backend,
                     "How applications are brought to a bus: \"direct\" moves their links, "
                     "\"null-sink\" has PipeWire play them into the Headroom Sink")
        ->check(CLI::IsMember({"auto", "direct", "null-sink"}))
        ->capture_default_str();
    command
        ->add_option("--at-end", options->at_end,
                     "What becomes of the applications: \"restore\" links them to their sinks, "
                     "\"mute\" leaves them silent")
        ->transform(CLI::CheckedTransformer(std::map<std::string, graph::AtEnd>{
            {"restore", graph::AtEnd::restore}, {"mute", graph::AtEnd::mute}}))
        ->default_str("restore");
    command->add_flag("--no-query", options->osc.no_query,
                      "Do not answer OSCQuery (HTTP and WebSocket) on the OSC port");
    command->add_flag("--no-announce", options->osc.no_announce,
                      "Do not announce the OSC port over DNS-SD");
    command->add_flag("--json", options->json, "Print the summary as one JSON object");
    command->add_flag("--no-overlay", options->no_overlay,
                      "Neither take on nor keep what is changed at run time");
    command->footer("Where no server runs, headroom runs one of its own and plays a demo.\n"
                    "Examples:\n"
                    "  headroom run --profile night\n"
                    "  headroom run --seconds 20 --input song.flac --json");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

} // namespace headroom::app
