// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/midi_keeper.hpp"
#include "jack_client/control/route_keeper.hpp"
#include "osc/dispatcher.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>
#include <cmath>
#include <memory>

using namespace headroom;
using namespace headroom::osc;

namespace {

constexpr std::size_t kFrames = 64;
constexpr std::uint64_t kInputs = 500; ///< for one world
constexpr const char *kProfiles[] = {
    "rules: [ { match: { client: \"*\" }, route: main } ]\n",
    "buses: { main: {}, side: { channels: mono } }\nmidi: { controllers: [mackie-control] }\n",
    "midi: { controllers: [behringer-bcf2000, akai-lpd8] }\n",
};

/// All that stands behind the sockets of the running program, but for JACK.
struct World {
    explicit World(const Profile &of)
        : profile(of),
          profiles(loop, profile, {}),
          routes(profiles, {[](const auto &, const auto &) {},
                            [](const std::string &name) { return ApplicationNames{name}; }}) {
        profiles.attach(state, {[this](const Profile &) {
                                    routes.apply();
                                    midi->apply();
                                },
                                [](const std::string &) {}});
        state.set_route_control(routes);
        midi = std::make_unique<control::MidiKeeper>(
            control::MidiKeeper::World{engine, bridge, state, profiles, [this] { return now; }});
        state.set_controllers(*midi);
        dispatcher = std::make_unique<Dispatcher>(
            state, 1,
            [](const Peer &, std::span<const std::uint8_t> bytes, Delivery) {
                fuzz::require(bytes.size() <= PacketLimits::kOutgoingBytes);
                fuzz::require(decode(bytes).has_value());
                return true;
            },
            [] {});
    }

    /// A period of the process thread with a message of a controller, and a turn of the control
    /// thread. Whatever was set, what comes out stays under 1.
    void turn(fuzz::Bytes message) {
        std::vector<midi::Event> events;
        if (midi::Event event; !message.empty() && message.size() <= event.data.size()) {
            event.size = static_cast<std::uint8_t>(message.size());
            std::copy(message.begin(), message.end(), event.data.begin());
            events.push_back(event);
            bridge.hear({engine.frames_processed(), event.size, event.data});
        }
        std::array<float, kFrames> loud{};
        loud.fill(4.0f);
        const std::vector<const float *> in(16, loud.data());
        std::array<std::array<float, kFrames>, 16> heard{};
        std::vector<float *> out;
        for (auto &channel : heard)
            out.push_back(channel.data());
        engine.process(in.data(), out.data(), kFrames, {}, {}, {}, events);
        state.exchange();
        midi->poll();
        engine::MidiBridge::Said said;
        while (bridge.next_to_send(said))
            fuzz::require(!said.bytes().empty());
        now += std::chrono::milliseconds(37);
        do
            dispatcher->finish_turn(now);
        while (dispatcher->has_work());
        dispatcher->flush(now);
    }

    control::EventLoop loop;
    Profile profile;
    engine::Engine engine{control::engine_setup(profile), profile.globals, 48000.0};
    control::DesiredState state{engine,
                                profile,
                                {[] { return decltype(state.status()){}; },
                                 [] { return std::vector<control::ApplicationStatus>{}; }}};
    control::ProfileKeeper profiles;
    control::RouteKeeper routes;
    engine::MidiBridge bridge;
    std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
    std::unique_ptr<control::MidiKeeper> midi;
    std::unique_ptr<Dispatcher> dispatcher;
};

} // namespace

/// Packets of OSC and messages of MIDI to the real control side: profiles, rules, routes, maps of
/// controllers, an engine that runs. The first byte chooses the profile.
/// Each profile's world goes on for some inputs, as that of a running program does, and because it
/// costs more to make than most inputs: a finding may need those before it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const bool without_user = fuzz::forget_the_user();
    fuzz::require(without_user);
    if (size == 0)
        return 0;
    static std::array<std::unique_ptr<World>, std::size(kProfiles)> worlds;
    static std::uint64_t inputs = 0;
    if (inputs++ % kInputs == 0)
        worlds = {};
    auto &place = worlds[data[0] % std::size(kProfiles)];
    if (!place)
        place = std::make_unique<World>(
            read_profile(kProfiles[data[0] % std::size(kProfiles)], "fuzz.yaml").value());
    World &world = *place;
    std::uint16_t port = 1000;
    fuzz::for_each_part({data + 1, size - 1}, [&](fuzz::Bytes part) {
        if (part.empty() || part[0] == '/' || part[0] == '#') {
            const Peer peer{*Endpoint::parse("127.0.0.1", static_cast<std::uint16_t>(port++ % 4))};
            world.dispatcher->handle(peer, part, world.now);
            if (port % 3 == 0)
                world.turn({});
        } else {
            world.turn(part);
        }
    });
    world.turn({});
    for (const auto target : world.state.all_parameters()) {
        const Parameter &declared = parameter(target.id);
        const float value = world.state.value(target);
        fuzz::require(value >= declared.minimum && value <= declared.maximum);
    }
    return 0;
}
