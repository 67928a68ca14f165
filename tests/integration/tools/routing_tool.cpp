// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/reconciler.hpp"
#include "jack_client/jack/graph_client.hpp"
#include "jack_client/pipewire/headroom_sink.hpp"
#include "tests/integration/tools/routing_signal.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <iostream>
#include <jack/jack.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

/// Clients for routing tests. Each says "ready", works until TERM, and then prints what it found.
///
///   routing_tool play NAME [SINK]       an application that connects itself
///   routing_tool insist NAME SINK       the same, again and again
///   routing_tool sink NAME [CEILING]    playback ports that classify what arrives; USR1 prints and
///                                       starts anew; with a ceiling (linear), what is under it is
///                                       processed
///   routing_tool tap PORT PORT [CEILING]
///                                       the same, at output ports
///   routing_tool route NAME BACKEND SINK PATTERN=ROUTE...
///                                       a bus of gain -0.5 and the reconciler
namespace {

using namespace headroom;
using namespace headroom::test;
using namespace std::chrono_literals;
using Arguments = std::vector<std::string>;

constexpr int kChannels = 2;

std::atomic<bool> g_ended{false};
std::atomic<bool> g_report{false};

void handle_signals() {
    std::signal(SIGTERM, [](int) { g_ended = true; });
    std::signal(SIGINT, [](int) { g_ended = true; });
    std::signal(SIGUSR1, [](int) { g_report = true; });
}

struct Client {
    jack_client_t *handle;

    explicit Client(const std::string &name)
        : handle(jack_client_open(name.c_str(), JackNoStartServer, nullptr)) {
        if (!handle)
            throw std::runtime_error("no server");
    }
    ~Client() { jack_client_close(handle); }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    jack_port_t *add_port(const std::string &name, unsigned long flags) const {
        jack_port_t *port =
            jack_port_register(handle, name.c_str(), JACK_DEFAULT_AUDIO_TYPE, flags, 0);
        if (!port)
            throw std::runtime_error("no port " + name);
        return port;
    }
    void activate(JackProcessCallback process, void *self) const {
        jack_set_process_callback(handle, process, self);
        if (jack_activate(handle) != 0)
            throw std::runtime_error("not activated");
    }
};

float *samples(jack_port_t *port, jack_nframes_t frames) {
    return static_cast<float *>(jack_port_get_buffer(port, frames));
}

void say_ready() {
    std::cout << "ready" << std::endl;
}

// play ------------------------------------------------------------------------------------------

struct Player {
    std::array<jack_port_t *, kChannels> outputs{};
    int position = 0;

    static int process(jack_nframes_t frames, void *self) {
        auto &player = *static_cast<Player *>(self);
        const int start = player.position;
        for (jack_port_t *output : player.outputs) {
            player.position = start;
            float *out = samples(output, frames);
            for (jack_nframes_t i = 0; i < frames; ++i) {
                out[i] = kLevel + static_cast<float>(player.position) * kStep;
                player.position = (player.position + 1) % kRampFrames;
            }
        }
        return 0;
    }
};

int play(const Arguments &arguments, bool insists) {
    const Client client(arguments.at(0));
    const std::string sink = arguments.size() > 1 ? arguments[1] + ":" : "";
    Player player;
    player.outputs = {client.add_port("out_1", JackPortIsOutput),
                      client.add_port("out_2", JackPortIsOutput)};
    client.activate(Player::process, &player);
    const char **inputs = jack_get_ports(client.handle, sink.c_str(), JACK_DEFAULT_AUDIO_TYPE,
                                         JackPortIsInput | JackPortIsPhysical);
    const auto connect = [&] {
        for (std::size_t i = 0; inputs && inputs[i] && i < player.outputs.size(); ++i)
            if (!jack_port_connected_to(player.outputs[i], inputs[i]))
                jack_connect(client.handle, jack_port_name(player.outputs[i]), inputs[i]);
    };
    connect();
    say_ready();
    while (!g_ended) {
        std::this_thread::sleep_for(5ms);
        if (insists)
            connect();
    }
    jack_free(inputs);
    return 0;
}

// sink, tap -------------------------------------------------------------------------------------

struct Meter {
    float ceiling_lin = 0.0f; ///< see kind_of()
    std::array<jack_port_t *, kChannels> inputs{};
    std::array<std::atomic<int>, kind_count> frames{};
    std::atomic<int> breaks{0}; ///< raw frames that do not follow the raw frame before
    std::atomic<int> runs{0};   ///< times that raw sound began
    std::atomic<int> xruns{0};
    std::atomic<int> raw_frames{0};  ///< of which a channel has not come through the bus alone
    std::atomic<int> lead_frames{0}; ///< before the first sound
    std::atomic<bool> heard{false};
    std::array<float, kChannels> last{};

    Kind take(float value, float &before) {
        const Kind kind = kind_of(value, ceiling_lin);
        ++frames[kind];
        if (kind == raw && kind_of(before, ceiling_lin) != raw)
            ++runs;
        else if (kind == raw) {
            const float next = before + kStep;
            const float wrapped = next - kLevel >= kRampFrames * kStep ? kLevel : next;
            breaks += value == wrapped ? 0 : 1;
        }
        before = value;
        return kind;
    }

    void take_frame(const std::array<const float *, kChannels> &in, jack_nframes_t at) {
        bool is_raw = false;
        for (std::size_t channel = 0; channel < kChannels; ++channel) {
            const Kind kind = take(in[channel][at], last[channel]);
            is_raw = is_raw || (kind != silence && kind != processed);
            if (kind != silence)
                heard = true;
        }
        raw_frames += is_raw ? 1 : 0;
        lead_frames += heard ? 0 : 1;
    }

    static int process(jack_nframes_t count, void *self) {
        auto &meter = *static_cast<Meter *>(self);
        std::array<const float *, kChannels> in{};
        for (std::size_t channel = 0; channel < kChannels; ++channel)
            in[channel] = samples(meter.inputs[channel], count);
        for (jack_nframes_t i = 0; i < count; ++i)
            meter.take_frame(in, i);
        return 0;
    }

    void report() {
        nlohmann::json out;
        for (std::size_t kind = 0; kind < kind_count; ++kind)
            out[kKindNames[kind]] = frames[kind].exchange(0);
        out["breaks"] = breaks.exchange(0);
        out["runs"] = runs.exchange(0);
        out["xruns"] = xruns.exchange(0);
        out["raw_frames"] = raw_frames.exchange(0);
        heard = false;
        out["lead_frames"] = lead_frames.exchange(0);
        std::cout << out.dump() << std::endl;
    }

    void work_until_ended() {
        while (!g_ended) {
            if (g_report.exchange(false))
                report();
            std::this_thread::sleep_for(5ms);
        }
        report();
    }
};

void count_xruns(const Client &client, Meter &meter) {
    jack_set_xrun_callback(
        client.handle,
        [](void *self) {
            ++static_cast<Meter *>(self)->xruns;
            return 0;
        },
        &meter);
}

float ceiling_of(const Arguments &arguments, std::size_t place) {
    return arguments.size() > place ? std::stof(arguments[place]) : 0.0f;
}

int sink(const Arguments &arguments) {
    const Client client(arguments.at(0));
    Meter meter{.ceiling_lin = ceiling_of(arguments, 1)};
    constexpr unsigned long kFlags = JackPortIsInput | JackPortIsPhysical | JackPortIsTerminal;
    meter.inputs = {client.add_port("playback_1", kFlags), client.add_port("playback_2", kFlags)};
    count_xruns(client, meter);
    client.activate(Meter::process, &meter);
    say_ready();
    meter.work_until_ended();
    return 0;
}

int tap(const Arguments &arguments) {
    // PipeWire 0.3 lets two clients have one name, and then mixes up their ports.
    const Client client("tap-" + std::to_string(getpid()));
    Meter meter{.ceiling_lin = ceiling_of(arguments, kChannels)};
    meter.inputs = {client.add_port("in_1", JackPortIsInput),
                    client.add_port("in_2", JackPortIsInput)};
    count_xruns(client, meter);
    client.activate(Meter::process, &meter);
    for (std::size_t i = 0; i < kChannels; ++i)
        while (!g_ended && !jack_port_connected(meter.inputs[i])) {
            jack_connect(client.handle, arguments.at(i).c_str(), jack_port_name(meter.inputs[i]));
            std::this_thread::sleep_for(20ms);
        }
    say_ready();
    meter.work_until_ended();
    return 0;
}

// route -----------------------------------------------------------------------------------------

struct Bus {
    std::array<jack_port_t *, kChannels> inputs{}, outputs{};

    static int process(jack_nframes_t frames, void *self) {
        auto &bus = *static_cast<Bus *>(self);
        for (std::size_t channel = 0; channel < kChannels; ++channel) {
            const float *in = samples(bus.inputs[channel], frames);
            float *out = samples(bus.outputs[channel], frames);
            for (jack_nframes_t i = 0; i < frames; ++i)
                out[i] = in[i] * kBusGain;
        }
        return 0;
    }
};

Route route_of(const std::string &text) {
    if (text == "bypass")
        return {Route::Kind::bypass, {}};
    if (text == "ignore")
        return {Route::Kind::ignore, {}};
    return {Route::Kind::bus, text};
}

bool is_linked_up(jack::GraphClient &server, const graph::BusPorts &bus, bool from_sink) {
    bool inputs = !from_sink;
    bool outputs = false;
    for (const graph::Link &link : server.snapshot().links) {
        inputs = inputs || link.to == bus.inputs.back();
        outputs = outputs || link.from == bus.outputs.back();
    }
    return inputs && outputs;
}

graph::Backend backend_called(const std::string &name) {
    using enum graph::Backend;
    for (const graph::Backend backend : {direct, null_sink, smart_filter})
        if (graph::name_of(backend) == name)
            return backend;
    throw std::runtime_error("no backend " + name);
}

int route(const Arguments &arguments) {
    const graph::Backend backend = backend_called(arguments.at(1));
    const ChannelLayout stereo{Channel::fl, Channel::fr};
    std::unique_ptr<pipewire::Connection> pipewire;
    std::unique_ptr<pipewire::SinkForRun> our_sink;
    if (backend != graph::Backend::direct) {
        auto connection = pipewire::Connection::open();
        if (!connection)
            throw std::runtime_error(connection.error().text());
        pipewire = std::move(*connection);
        auto made = pipewire::SinkForRun::ensure(*pipewire, backend, stereo);
        if (!made)
            throw std::runtime_error(made.error().text());
        our_sink = std::move(*made);
    }
    const std::string &name = arguments.at(0);
    const Client client(name);
    Bus bus;
    for (std::size_t i = 0; i < kChannels; ++i) {
        const std::string number = std::to_string(i + 1);
        bus.inputs[i] = client.add_port("main_in_" + number, JackPortIsInput);
        bus.outputs[i] = client.add_port("main_out_" + number, JackPortIsOutput);
    }
    client.activate(Bus::process, &bus);

    auto server = jack::GraphClient::open(name + "-graph", {});
    if (!server)
        throw std::runtime_error(server.error().text());
    graph::RouterSetup setup{.backend = backend,
                             .own_client = name,
                             .buses = {{.name = "main",
                                        .channels = stereo,
                                        .inputs = {name + ":main_in_1", name + ":main_in_2"},
                                        .outputs = {name + ":main_out_1", name + ":main_out_2"},
                                        .sink = arguments.at(2)}}};
    for (std::size_t i = 3; i < arguments.size(); ++i) {
        const auto equals = arguments[i].find('=');
        Rule rule{.name = arguments[i], .route = route_of(arguments[i].substr(equals + 1))};
        rule.match.client.emplace_back(arguments[i].substr(0, equals));
        setup.rules.push_back(std::move(rule));
    }
    graph::Reconciler reconciler(**server);
    reconciler.configure(setup);
    bool ready = false;
    auto delay = reconciler.step({});
    while (!g_ended && !(*server)->server_lost()) {
        if (!ready && is_linked_up(**server, setup.buses[0], backend != graph::Backend::direct)) {
            ready = true;
            say_ready();
        }
        delay = reconciler.step((*server)->wait(std::min(delay, 20ms)));
        if (pipewire) // reads what has come
            (void)pipewire->wait_until([] { return false; }, 1ms);
    }
    const std::vector<graph::RoutedApplication> applications = reconciler.applications();
    reconciler.end(graph::AtEnd::restore);
    nlohmann::json out{{"raw_frames", reconciler.raw_frames()}, {"notices", reconciler.notices()}};
    for (const auto &application : applications)
        if (!application.notice.empty())
            out["conflicts"][application.name] = application.notice;
    for (const auto &application : applications)
        out["routes"][application.name] = application.route.text();
    std::cout << out.dump() << std::endl;
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    handle_signals();
    jack_set_error_function([](const char *) {});
    jack_set_info_function([](const char *) {});
    const Arguments all(argv + 1, argv + argc);
    const std::string command = all.empty() ? "" : all[0];
    try {
        const Arguments rest(all.begin() + (all.empty() ? 0 : 1), all.end());
        if (command == "play")
            return play(rest, false);
        if (command == "insist")
            return play(rest, true);
        if (command == "sink")
            return sink(rest);
        if (command == "tap")
            return tap(rest);
        if (command == "route")
            return route(rest);
        std::cerr << "routing_tool: play, insist, sink, tap or route\n";
        return 2;
    } catch (const std::exception &error) {
        std::cerr << "routing_tool: " << error.what() << "\n";
        return 1;
    }
}
