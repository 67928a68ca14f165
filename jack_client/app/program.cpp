// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/program.hpp"

#include "config/folders.hpp"
#include "jack_client/app/audio_file.hpp"
#include "jack_client/app/backend_choice.hpp"
#include "jack_client/app/demo_programme.hpp"
#include "jack_client/app/event_log.hpp"
#include "jack_client/app/live_display.hpp"
#include "jack_client/app/pipewire_run.hpp"
#include "jack_client/app/program_status.hpp"
#include "jack_client/app/server_for_run.hpp"
#include "jack_client/app/service.hpp"
#include "jack_client/app/summary.hpp"
#include "jack_client/control/desired_state.hpp"
#include "jack_client/control/event_loop.hpp"
#include "jack_client/control/midi_keeper.hpp"
#include "jack_client/control/profile_keeper.hpp"
#include "jack_client/control/profile_switcher.hpp"
#include "jack_client/control/route_keeper.hpp"
#include "jack_client/jack/jack_session.hpp"
#include "jack_client/jack/player_client.hpp"
#include "jack_client/jack/server.hpp"

#include <sys/eventfd.h>

namespace headroom::app {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdlePeriod{1000};
constexpr milliseconds kTerminalPeriod{100};
constexpr milliseconds kLinePeriod{1000};

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

/// Everything that runs, in the order in which it starts; it ends the other way round.
class Run {
  public:
    Run(ProgramOptions options, Home home, const Ground &ground)
        : options_(std::move(options)),
          home_(std::move(home)),
          ground_(ground),
          manager_(ground.manager) {}

    Result<void> start();
    void run();
    /// Ends everything and tells what happened.
    ProgramEnd finish();

  private:
    Result<void> play(const std::string &server_name);
    void follow_session_manager();
    void take_wish();
    void exchange();
    void adopt_network(const OscSettings &wanted);
    jack::SessionStatus session_status() const {
        return session_ ? session_->status() : jack::SessionStatus{};
    }

    ProgramOptions options_;
    Home home_;
    const Ground &ground_;
    osc::nsm::SessionClient *manager_;
    std::optional<Home> next_;
    control::EventLoop loop_{std::initializer_list<int>{}};
    std::unique_ptr<control::ProfileKeeper> keeper_;
    std::unique_ptr<control::RouteKeeper> routes_;
    std::unique_ptr<jack::SpawnedServer> server_;
    std::unique_ptr<PipeWireRun> pipewire_; ///< nullptr under JACK2
    std::unique_ptr<engine::Engine> engine_;
    engine::MidiBridge midi_;
    std::unique_ptr<jack::JackSession> session_;
    std::unique_ptr<control::DesiredState> state_;
    std::unique_ptr<control::MidiKeeper> controllers_;
    std::unique_ptr<control::ProfileSwitcher> switcher_;
    bool will_exchange_ = false;
    control::EventLoop::Watch exchanging_; ///< soon
    std::unique_ptr<Summary> summary_;
    std::unique_ptr<OscPort> osc_;
    std::unique_ptr<jack::PlayerClient> player_;
};

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
        loop_, home_.profile,
        control::ProfileKeeper::Keeping{home_.overlay_file,
                                        home_.is_session() ? Overlay::Saving::on_request
                                                           : Overlay::Saving::soon,
                                        home_.profile_reason});
    auto server =
        server_for_run({options_.server, home_.is_session(), options_.argv, &ground_.console});
    if (!server)
        return tl::unexpected(server.error());
    if (server_ = std::move(*server); server_)
        options_.server = server_->name();
    if (jack::libjack_is_pipewire()) {
        auto opened = PipeWireRun::open(loop_);
        if (!opened)
            return tl::unexpected(opened.error());
        pipewire_ = std::move(*opened);
    }
    const auto choice =
        choose_backend(options_.backend, pipewire_ ? &pipewire_->connection() : nullptr);
    if (!choice)
        return tl::unexpected(choice.error());
    const Profile effective = keeper_->effective();
    if (choice->backend != graph::Backend::direct) {
        say("backend " + std::string(graph::name_of(choice->backend)) + ": " + choice->reason);
        const ChannelLayout &channels = effective.buses.front().channels;
        if (auto made = pipewire_->make_sink(choice->backend, channels); !made)
            return made;
    }

    engine_ = std::make_unique<engine::Engine>(control::engine_setup(effective), effective.globals,
                                               48000.0);
    state_ = std::make_unique<control::DesiredState>(
        *engine_, effective,
        control::DesiredState::Sources{[this] {
                                           return program_status(
                                               session_status(), *engine_, *keeper_, *state_,
                                               osc_ ? osc_->number() : std::uint16_t{0});
                                       },
                                       [this] { return application_status(session_status()); }});
    if (manager_ != nullptr) {
        options_.osc.socket = manager_->socket();
        options_.osc.number = manager_->socket()->local().port();
        options_.osc.take_aside = [this](const osc::Endpoint &from,
                                         std::span<const std::uint8_t> packet) {
            return manager_->take(from, packet);
        };
    }
    auto osc = OscPort::open(loop_, options_.osc, effective.osc, *state_,
                             [this] { exchange(); }); // the meters that are asked for are new
    if (!osc)
        return tl::unexpected(osc.error());
    osc_ = std::move(*osc);

    routes_ = std::make_unique<control::RouteKeeper>(
        *keeper_, control::RouteKeeper::World{
                      [this](std::vector<Rule> rules, std::vector<Connection> connections) {
                          session_->set_rules(std::move(rules), std::move(connections),
                                              sinks(keeper_->profile()));
                      },
                      [this](const std::string &name) {
                          return names_of_application(session_status(), name);
                      }});
    jack::SessionOptions session{.client_name = home_.client_name,
                                 .graph_client_name =
                                     home_.is_session() ? home_.client_name + "/graph" : "",
                                 .server_name = options_.server,
                                 .sinks = sinks(effective),
                                 .rules = routes_->rules(),
                                 .connections = effective.connections,
                                 .side_ports = side_ports(effective),
                                 .midi = &midi_,
                                 .backend = choice->backend,
                                 .backend_reason = choice->reason,
                                 .at_end = options_.at_end};
    if (pipewire_)
        pipewire_->provide(session);
    if (!server_) {
        const auto folder = state_folder();
        if (!folder)
            return tl::unexpected(folder.error());
        session.journal_folder = *folder;
    }
    constexpr float kHalf = 0.5f;
    if (home_.is_session())
        manager_->tell_progress(kHalf);
    auto opened = jack::JackSession::open(std::move(session), *engine_);
    if (!opened)
        return tl::unexpected(opened.error());
    session_ = std::move(*opened);

    summary_ = std::make_unique<Summary>(*state_);
    state_->observe_meters([this](const engine::MeterFrame &frame) { summary_->take(frame); });
    state_->observe([this](control::ParameterTarget target, float) {
        if (parameter(target.id).structural && session_)
            session_->latency_changed();
    });
    keeper_->attach(*state_, {[this](const Profile &p) {
                                  routes_->apply();
                                  session_->set_side_ports(side_ports(p));
                                  adopt_network(p.osc);
                                  controllers_->apply();
                                  session_->set_devices(controllers_->devices());
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
    session_->set_devices(controllers_->devices());
    // The profile that the user names, or that a session keeps, is not changed by conditions.
    if (options_.profile.empty() && !home_.is_session())
        switcher_ = std::make_unique<control::ProfileSwitcher>(
            *keeper_, [this] { return surroundings(session_->status()); });
    if (server_ || !options_.input.empty())
        if (auto playing = play(options_.server); !playing)
            return playing;
    say("OSC on " + osc_->text());
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

/// Takes on what a profile says about OSC, as far as a running program can.
void Run::adopt_network(const OscSettings &wanted) {
    for (const std::string &notice : osc_->adopt(wanted)) {
        say_notice(notice);
        state_->notify(notice);
    }
}

/// Takes in what the engine has measured, and comes back where something waits for it.
void Run::exchange() {
    const auto again = state_->exchange();
    if (!again || std::exchange(will_exchange_, true))
        return;
    exchanging_ = loop_.on_timer(*again, [this] {
        const auto more = state_->exchange();
        will_exchange_ = more.has_value();
        return more.value_or(milliseconds(-1));
    });
}

void Run::run() {
    std::vector<control::EventLoop::Watch> timers;
    const auto on_timer = [&](milliseconds first, std::function<milliseconds()> callback) {
        timers.push_back(loop_.on_timer(first, std::move(callback)));
    };
    Outlet &display = ground_.console.display();
    const bool is_seen = display.can_redraw();
    control::EventLoop::Watch changes;
    if (switcher_)
        changes = loop_.on_readable(session_->event_fd(), [this] {
            eventfd_t ignored = 0;
            eventfd_read(session_->event_fd(), &ignored);
            switcher_->decide();
        });
    const auto wishes = loop_.on_readable(ground_.signals.fd(), [this] { take_wish(); });
    EventLog log([](const std::string &line, Priority priority) { say(line, priority); });
    on_timer(milliseconds(0), [this, &log, is_seen] {
        exchange();
        if (!is_seen) { // else it stands in the live block
            const jack::SessionStatus now = session_->status();
            log.look({now.xruns, engine_->timing().spikes}, now.notice,
                     std::chrono::steady_clock::now());
        }
        return kIdlePeriod;
    });
    const milliseconds period = is_seen ? kTerminalPeriod : kLinePeriod;
    if (is_seen || (!is_service()))
        on_timer(period, [this, &display, period] {
            exchange();
            show_live(*state_, display);
            return period;
        });
    on_timer(milliseconds(0), [this] {
        exchange();
        return controllers_->poll();
    });
    if (const auto pause = watchdog_period())
        on_timer(milliseconds(0), [pause] {
            tell_service_manager("WATCHDOG=1");
            return *pause;
        });
    control::EventLoop::Watch server_end;
    if (server_ && server_->end_fd() >= 0)
        server_end = loop_.on_readable(server_->end_fd(), [this] {
            say("the JACK server that headroom started has ended", Priority::error);
            loop_.stop();
        });
    if (pipewire_)
        pipewire_->follow(*session_);
    if (options_.seconds > 0.0)
        on_timer(milliseconds(static_cast<std::int64_t>(options_.seconds * 1000.0)), [this] {
            loop_.stop();
            return milliseconds(-1);
        });
    tell_service_manager("READY=1");
    loop_.run();
    tell_service_manager("STOPPING=1");
    display.clear();
}

void Run::take_wish() {
    const auto wish = ground_.signals.take();
    if (wish == Signals::Wish::end)
        loop_.stop();
    else if (wish == Signals::Wish::reload)
        (void)keeper_->reload_profile(); // tells how it went
}

ProgramEnd Run::finish() {
    state_->exchange();
    ProgramEnd end{options_.json ? summary_->json() : summary_->text(), std::move(next_)};
    player_.reset();
    session_.reset();
    return end;
}

} // namespace

Result<ProgramEnd> run_program(const ProgramOptions &options, Home home, const Ground &ground) {
    Run run(options, std::move(home), ground);
    if (auto started = run.start(); !started)
        return tl::unexpected(started.error());
    run.run();
    return run.finish();
}

} // namespace headroom::app
