// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/jack_session.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/midi_device.hpp"
#include "tests/support/realtime/audit.hpp"
#include "tests/support/signal_clients.hpp"

#include <atomic>
#include <dlfcn.h>
#include <jack/jack.h>
#include <string_view>

using namespace headroom;
using namespace headroom::test;

namespace {

struct AuditedCallback {
    JackProcessCallback process = nullptr;
    void *argument = nullptr;
    std::atomic<bool> misbehaving{false};
    std::atomic<int> cycles{0};
} audited;

int process_audited(jack_nframes_t frames, void *) {
    const realtime::AuditScope scope;
    if (audited.misbehaving)
        delete new volatile int(1);
    const int result = audited.process(frames, audited.argument);
    ++audited.cycles;
    return result;
}

} // namespace

/// Stands before libjack's own: the session's client, as it is, runs inside the auditor.
extern "C" int jack_set_process_callback(jack_client_t *client, JackProcessCallback process,
                                         void *argument) {
    using Function = int (*)(jack_client_t *, JackProcessCallback, void *);
    static const auto libjacks =
        reinterpret_cast<Function>(dlsym(RTLD_NEXT, "jack_set_process_callback"));
    if (std::string_view(jack_get_client_name(client)) != "headroom")
        return libjacks(client, process, argument);
    audited.process = process;
    audited.argument = argument;
    return libjacks(client, process_audited, nullptr);
}

TEST_CASE("The session's callback never blocks: parameters, structure, period, freewheel, fade") {
    JackServer server;
    engine::Engine engine({{"main", *find_layout("stereo"), {}}}, {}, 48000.0);
    jack::SessionOptions options;
    options.server_name = server.name();
    auto session = jack::JackSession::open(options, engine);
    REQUIRE(session);
    SignalSource source(server.name(), engine, noise(2, 10 * 48000, 1.5f));
    link_ports(source.handle(), source.port(0), "headroom:main_in_1");
    link_ports(source.handle(), source.port(1), "headroom:main_in_2");
    source.play();
    const auto run_cycles = [](int count) {
        const int before = audited.cycles;
        REQUIRE(eventually([&] { return audited.cycles >= before + count; }));
    };
    const auto set = [&](ParameterId id, float value) {
        const engine::ParameterChange change{.parameter = id, .value = value};
        engine.apply({&change, 1});
        run_cycles(20);
        engine.collect_garbage();
    };
    run_cycles(50);
    realtime::reset_violations();
    set(parameter_id("limiter/ceiling"), -6.0f);
    set(parameter_id("limiter/mode"), 2.0f);
    (*session)->latency_changed();
    set(parameter_id("bypass"), 1.0f);
    for (const jack_nframes_t period : {64u, 1024u, 256u}) {
        REQUIRE(jack_set_buffer_size(source.handle(), period) == 0);
        run_cycles(20);
    }
    REQUIRE(jack_set_freewheel(source.handle(), 1) == 0);
    run_cycles(200);
    REQUIRE(jack_set_freewheel(source.handle(), 0) == 0);
    run_cycles(20);
    session->reset();
    if (realtime::violation_count() > 0)
        realtime::report_violations();
    CHECK(realtime::violation_count() == 0);
}

TEST_CASE("An allocation in the session's callback is found") {
    JackServer server;
    engine::Engine engine({{"main", *find_layout("stereo"), {}}}, {}, 48000.0);
    jack::SessionOptions options;
    options.server_name = server.name();
    const auto session = jack::JackSession::open(options, engine);
    REQUIRE(session);
    realtime::reset_violations();
    audited.misbehaving = true;
    CHECK(eventually([] { return realtime::violation_count() > 10; }));
    audited.misbehaving = false;
}

TEST_CASE("The session's callback never blocks while controllers move and are answered") {
    JackServer server;
    engine::Engine engine({{"main", *find_layout("stereo"), {}}}, {}, 48000.0);
    engine::MidiBridge bridge;
    jack::SessionOptions options;
    options.server_name = server.name();
    options.midi = &bridge;
    auto session = jack::JackSession::open(options, engine);
    REQUIRE(session);
    const MidiBinding ceiling = *midi_binding_from_yaml(
        "{ control: cc 70, target: bus/main/limiter/ceiling, takeover: jump }");
    auto table =
        std::make_unique<midi::ControlTable>(std::vector<std::pair<MidiBinding, midi::Target>>{
            {ceiling, {.bus = 0, .parameter = parameter_id("limiter/ceiling")}}});
    engine.set_midi(std::move(table));
    MidiDevice device(server.name(), "device");
    REQUIRE(device.connect_to_headroom());
    realtime::reset_violations();
    std::size_t heard = 0;
    for (int i = 0; heard < 2000; ++i) {
        device.send({0xb0, 70, static_cast<std::uint8_t>(i % 128)});
        // A line of a display, and as many as the ring has room for.
        std::vector<std::uint8_t> sysex(120, 0x20);
        sysex.front() = 0xf0;
        sysex.back() = 0xf7;
        bridge.say(sysex);
        engine::MidiBridge::Heard message;
        while (bridge.next_heard(message))
            ++heard;
        engine.take_moved();
    }
    CHECK(eventually([&] { return device.received().size() > 100; }));
    if (realtime::violation_count() > 0)
        realtime::report_violations();
    CHECK(realtime::violation_count() == 0);
}
