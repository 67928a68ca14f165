// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/process_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/signal_clients.hpp"

#include <algorithm>
#include <cmath>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/uuid.h>
#include <thread>

using namespace headroom;
using namespace headroom::test;

namespace {

using engine::BusSetup;
using engine::Engine;

std::vector<BusSetup> stereo_bus(const ParameterValues &values = {}) {
    return {{"main", *find_layout("stereo"), values}};
}

ParameterValues bypassed() {
    ParameterValues values;
    values[parameter_id("bypass")] = 1.0f;
    return values;
}

/// An engine that runs on a server, between a source and a recorder.
struct Rig {
    static constexpr std::size_t kTailFrames = 4096;

    std::size_t signal_frames;
    JackServer server;
    Engine engine;
    std::unique_ptr<jack::ProcessClient> client;
    SignalSource source;
    SignalRecorder recorder;

    Rig(const ParameterValues &values, const Audio &signal, JackServer::Options options = {})
        : signal_frames(signal.front().size()),
          server(options),
          engine(stereo_bus(values), {}, options.sample_rate_hz),
          client(jack::ProcessClient::open("headroom", server.name(), engine).value()),
          source(server.name(), engine, signal),
          recorder(server.name(), engine, 2, signal.front().size() + 2 * 48000) {
        REQUIRE(client->activate());
        for (std::size_t channel = 0; channel < 2; ++channel) {
            link_ports(source.handle(), source.port(channel), client->buses()[0].inputs[channel]);
            link_ports(source.handle(), client->buses()[0].outputs[channel],
                       recorder.port(channel));
        }
    }

    void play() {
        recorder.record();
        REQUIRE(eventually([&] { return recorder.reached(1); }));
        source.play();
        REQUIRE(eventually([&] { return source.finished(); }));
        const std::uint64_t end = source.start_frame() + length();
        REQUIRE(eventually([&] { return recorder.reached(end); }));
    }

    std::size_t length() const { return signal_frames + kTailFrames; }
    /// From the first frame of the signal on.
    Audio recording() { return recorder.take(source.start_frame(), length()); }
};

/// What a fresh engine makes of the same input, in blocks of its own.
Audio offline(const ParameterValues &values, double sample_rate_hz, std::uint64_t start_frame,
              const Audio &signal, std::size_t length) {
    constexpr std::size_t kBlock = 333;
    Engine engine(stereo_bus(values), {}, sample_rate_hz);
    Audio audio;
    for (const std::vector<float> &channel : signal) {
        std::vector<float> padded(start_frame);
        padded.insert(padded.end(), channel.begin(), channel.end());
        padded.resize(start_frame + length);
        audio.push_back(std::move(padded));
    }
    const std::size_t total = audio.front().size();
    for (std::size_t done = 0; done < total; done += kBlock) {
        float *const buffers[] = {audio[0].data() + done, audio[1].data() + done};
        engine.process(buffers, buffers,
                       static_cast<std::uint32_t>(std::min(kBlock, total - done)));
    }
    for (std::vector<float> &channel : audio)
        channel.erase(channel.begin(), channel.begin() + static_cast<std::ptrdiff_t>(start_frame));
    return audio;
}

constexpr JackServer::Options kSynchronous{.synchronous = true};

} // namespace

TEST_CASE("A bypassed bus passes audio bit by bit, later by the latency it reports") {
    const Audio signal = noise(2, 48000, 1.5f);
    Rig rig(bypassed(), signal, kSynchronous);
    rig.play();
    const auto latency = static_cast<std::size_t>(rig.engine.latency_frames(0));

    for (const bool capture : {true, false}) {
        CAPTURE(capture);
        const std::string near = capture ? rig.recorder.port(0) : rig.source.port(0);
        jack_latency_range_t range{};
        const jack_port_t *port = jack_port_by_name(rig.source.handle(), near.c_str());
        CHECK(eventually([&] {
            jack_port_get_latency_range(const_cast<jack_port_t *>(port),
                                        capture ? JackCaptureLatency : JackPlaybackLatency, &range);
            return range.min == latency && range.max == latency;
        }));
    }

    const Audio output = rig.recording();
    for (std::size_t channel = 0; channel < 2; ++channel) {
        CAPTURE(channel);
        const std::vector<float> &heard = output[channel];
        CHECK(std::all_of(heard.begin(), heard.begin() + static_cast<std::ptrdiff_t>(latency),
                          [](float sample) { return sample == 0.0f; }));
        CHECK(std::equal(signal[channel].begin(), signal[channel].end(),
                         heard.begin() + static_cast<std::ptrdiff_t>(latency)));
    }
}

TEST_CASE("An impulse comes as late as the port latencies say, in every limiter mode") {
    for (const float mode : {0.0f, 1.0f, 2.0f}) {
        CAPTURE(mode);
        ParameterValues values;
        values[parameter_id("limiter/mode")] = mode;
        values[parameter_id("agc/on")] = 0.0f;
        values[parameter_id("compressor/on")] = 0.0f;
        Audio impulse(2, std::vector<float>(1024));
        impulse[0][0] = impulse[1][0] = 0.25f;
        Rig rig(values, impulse, kSynchronous);
        rig.play();
        jack_latency_range_t range{};
        REQUIRE(eventually([&] {
            jack_port_get_latency_range(
                jack_port_by_name(rig.source.handle(), rig.recorder.port(0).c_str()),
                JackCaptureLatency, &range);
            return range.min > 0;
        }));
        CHECK(range.min == range.max);
        const Audio output = rig.recording();
        const auto peak = std::max_element(output[0].begin(), output[0].end());
        CHECK(*peak == 0.25f);
        CHECK(static_cast<jack_nframes_t>(peak - output[0].begin()) == range.min);
    }
}

TEST_CASE("The reported latency follows a structural change") {
    JackServer server;
    Engine engine(stereo_bus(), {}, 48000.0);
    const auto client = jack::ProcessClient::open("headroom", server.name(), engine);
    REQUIRE(client);
    REQUIRE((*client)->activate());
    const int before = engine.latency_frames(0);
    const engine::ParameterChange change{.parameter = parameter_id("limiter/mode"), .value = 2.0f};
    engine.apply({&change, 1});
    REQUIRE(eventually([&] { return engine.latency_frames(0) > before; }));
    (*client)->follow_latency();

    auto observer = jack::Client::open("observer", server.name());
    REQUIRE(observer);
    jack_port_t *output =
        jack_port_by_name((*observer)->get(), (*client)->buses()[0].outputs[0].c_str());
    jack_latency_range_t range{};
    CHECK(eventually([&] {
        jack_port_get_latency_range(output, JackCaptureLatency, &range);
        return static_cast<int>(range.min) == engine.latency_frames(0);
    }));
}

TEST_CASE("The period may change at any time without changing the result") {
    const ParameterValues values;
    const Audio signal = noise(2, 4 * 48000, 1.5f);
    Rig rig(values, signal, kSynchronous);
    rig.recorder.record();
    rig.source.play();
    for (const jack_nframes_t period : {64u, 1024u, 100u, 256u}) {
        CAPTURE(period);
        REQUIRE_FALSE(rig.source.finished());
        REQUIRE(jack_set_buffer_size(rig.source.handle(), period) == 0);
        CHECK(eventually([&] { return rig.client->period_frames() == period; }));
        const std::uint64_t frames = rig.engine.frames_processed();
        CHECK(eventually([&] { return rig.engine.frames_processed() > frames + 4096; }));
    }
    REQUIRE(eventually([&] { return rig.source.finished(); }));
    REQUIRE(
        eventually([&] { return rig.recorder.reached(rig.source.start_frame() + rig.length()); }));
    const Audio output = rig.recording();
    CHECK(output == offline(values, 48000.0, rig.source.start_frame(), signal, rig.length()));
}

TEST_CASE("A freewheeling server gives exactly what the engine gives without one") {
    const ParameterValues values;
    const Audio signal = noise(2, 20 * 48000, 1.5f);
    Rig rig(values, signal);
    REQUIRE(jack_set_freewheel(rig.source.handle(), 1) == 0);
    REQUIRE(eventually([&] { return rig.client->freewheel(); }));
    rig.play();
    REQUIRE(jack_set_freewheel(rig.source.handle(), 0) == 0);
    CHECK(eventually([&] { return !rig.client->freewheel(); }));
    const Audio output = rig.recording();
    CHECK(output == offline(values, 48000.0, rig.source.start_frame(), signal, rig.length()));
}

TEST_CASE("A second client of the same name gets another one and its own ports") {
    JackServer server;
    Engine engine(stereo_bus(), {}, 48000.0), second_engine(stereo_bus(), {}, 48000.0);
    const auto first = jack::ProcessClient::open("headroom", server.name(), engine);
    const auto second = jack::ProcessClient::open("headroom", server.name(), second_engine);
    REQUIRE(first);
    REQUIRE(second);
    CHECK((*first)->name() == "headroom");
    CHECK((*second)->name() == "headroom-01");
    CHECK((*first)->buses()[0].inputs[1] == "headroom:main_in_2");
    CHECK((*second)->buses()[0].outputs[0] == "headroom-01:main_out_1");
}

TEST_CASE("Every bus has ports for each of its channels, described for patchbays") {
    JackServer server;
    Engine engine({{"main", *find_layout("stereo"), {}}, {"film", *find_layout("5.1"), {}}}, {},
                  48000.0);
    const auto client = jack::ProcessClient::open("headroom", server.name(), engine);
    REQUIRE(client);
    REQUIRE((*client)->buses().size() == 2);
    CHECK((*client)->buses()[1].name == "film");
    CHECK((*client)->buses()[1].inputs.size() == 6);
    CHECK((*client)->buses()[1].outputs[5] == "headroom:film_out_6");

    const auto property = [&](const std::string &port, const char *key) -> std::string {
        auto observer = jack::Client::open("observer", server.name());
        char *value = nullptr, *type = nullptr;
        jack_get_property(jack_port_uuid(jack_port_by_name((*observer)->get(), port.c_str())), key,
                          &value, &type);
        std::string text = value ? value : "";
        jack_free(value);
        jack_free(type);
        return text;
    };
    CHECK(property("headroom:main_in_2", JACK_METADATA_PRETTY_NAME) == "main in FR");
    CHECK(property("headroom:film_out_4", JACK_METADATA_PRETTY_NAME) == "film out LFE");
    CHECK(property("headroom:film_out_4", JACK_METADATA_PORT_GROUP) == "film out");
    CHECK(property("headroom:main_in_1", JACK_METADATA_ORDER) == "0");
}

TEST_CASE("Xruns are counted") {
    JackServer server;
    Engine engine(stereo_bus(), {}, 48000.0);
    const auto client = jack::ProcessClient::open("headroom", server.name(), engine);
    REQUIRE(client);
    REQUIRE((*client)->activate());
    const auto slow = jack::Client::open("slow", server.name());
    REQUIRE(slow);
    jack_set_process_callback((*slow)->get(),
                              [](jack_nframes_t, void *) {
                                  std::this_thread::sleep_for(std::chrono::milliseconds(50));
                                  return 0;
                              },
                              nullptr);
    const std::uint64_t before = (*client)->counts()->xruns;
    REQUIRE(jack_activate((*slow)->get()) == 0);
    CHECK(eventually([&] { return (*client)->counts()->xruns >= before + 3; }));
    jack_deactivate((*slow)->get());
}

TEST_CASE("Closing fades out within 20 ms, without a step") {
    constexpr float kLevel = 0.5f;
    constexpr std::size_t kFadeFrames = 960;
    const Audio signal(2, std::vector<float>(10 * 48000, kLevel));
    Rig rig(bypassed(), signal, kSynchronous);
    rig.recorder.record();
    rig.source.play();
    REQUIRE(eventually(
        [&] { return rig.engine.frames_processed() > 9600 && rig.source.start_frame() > 0; }));
    rig.client.reset();
    const Audio output = rig.recorder.take_all();
    const std::vector<float> &heard = output[0];
    const auto loud = std::find(heard.begin(), heard.end(), kLevel);
    REQUIRE(loud != heard.end());
    const auto falling = std::find_if(loud, heard.end(), [](float x) { return x < kLevel; });
    REQUIRE(falling != heard.end());
    const auto silent = std::find(falling, heard.end(), 0.0f);
    REQUIRE(silent != heard.end());
    CHECK(silent - falling <= static_cast<std::ptrdiff_t>(kFadeFrames));
    CHECK(silent - falling >= static_cast<std::ptrdiff_t>(kFadeFrames * 9 / 10));
    CHECK(std::all_of(silent, heard.end(), [](float x) { return x == 0.0f; }));
    float steepest = 0.0f;
    for (auto at = falling; at != silent; ++at) {
        CHECK(*at <= *(at - 1));
        steepest = std::max(steepest, *(at - 1) - *at);
    }
    CHECK(steepest <= 1.6f * kLevel / static_cast<float>(kFadeFrames));
}
