// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/process_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/signal_clients.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <jack/jack.h>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr float kGain = 0.5f;

/// A program as it may stand in an insert: halves what it gets, some frames later, and says so.
class Effect {
  public:
    Effect(const std::string &server_name, std::size_t delay_frames)
        : delay_frames_(delay_frames), client_(jack::Client::open("effect", server_name).value()) {
        for (std::size_t c = 0; c < 2; ++c) {
            const std::string number = std::to_string(c + 1);
            inputs_[c] = jack_port_register(client_->get(), ("in_" + number).c_str(),
                                            JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
            outputs_[c] = jack_port_register(client_->get(), ("out_" + number).c_str(),
                                             JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
            lines_[c].resize(delay_frames);
        }
        jack_set_process_callback(
            client_->get(),
            [](jack_nframes_t frames, void *self) {
                static_cast<Effect *>(self)->process(frames);
                return 0;
            },
            this);
        jack_set_latency_callback(
            client_->get(),
            [](jack_latency_callback_mode_t mode, void *self) {
                static_cast<Effect *>(self)->report_latency(mode);
            },
            this);
        REQUIRE(jack_activate(client_->get()) == 0);
    }
    ~Effect() { jack_deactivate(client_->get()); }

    jack_client_t *handle() const { return client_->get(); }

  private:
    void process(jack_nframes_t frames) noexcept {
        std::size_t position = position_;
        for (std::size_t c = 0; c < 2; ++c) {
            const auto *in = static_cast<const float *>(jack_port_get_buffer(inputs_[c], frames));
            auto *out = static_cast<float *>(jack_port_get_buffer(outputs_[c], frames));
            position = position_;
            for (jack_nframes_t i = 0; i < frames; ++i) {
                const float sample = kGain * in[i];
                if (delay_frames_ == 0) {
                    out[i] = sample;
                    continue;
                }
                out[i] = std::exchange(lines_[c][position], sample);
                position = (position + 1) % delay_frames_;
            }
        }
        position_ = position;
    }
    void report_latency(jack_latency_callback_mode_t mode) const {
        for (std::size_t c = 0; c < 2; ++c) {
            const bool capture = mode == JackCaptureLatency;
            jack_latency_range_t range{};
            jack_port_get_latency_range(capture ? inputs_[c] : outputs_[c], mode, &range);
            range.min += static_cast<jack_nframes_t>(delay_frames_);
            range.max += static_cast<jack_nframes_t>(delay_frames_);
            jack_port_set_latency_range(capture ? outputs_[c] : inputs_[c], mode, &range);
        }
    }

    std::size_t delay_frames_;
    std::array<std::vector<float>, 2> lines_;
    std::size_t position_ = 0;
    std::array<jack_port_t *, 2> inputs_{}, outputs_{};
    std::unique_ptr<jack::Client> client_;
};

/// Nothing but the insert changes the signal.
ParameterValues idle() {
    ParameterValues values;
    values[parameter_id("agc/on")] = 0.0f;
    values[parameter_id("compressor/on")] = 0.0f;
    values[parameter_id("limiter/soft")] = 0.0f;
    return values;
}

/// A bus with an insert between a source and a recorder. The signal has an impulse where it ends.
struct Studio {
    static constexpr std::size_t kSignalFrames = 4096;

    JackServer server;
    engine::Engine engine;
    std::unique_ptr<jack::ProcessClient> client;
    SignalSource source;
    SignalRecorder recorder;

    explicit Studio(JackServer::Options options, const Audio &signal)
        : server(options),
          engine({{"main", *find_layout("stereo"), idle()}}, {}, options.sample_rate_hz),
          client(jack::ProcessClient::open("headroom", server.name(), engine).value()),
          source(server.name(), engine, signal),
          recorder(server.name(), engine, 2, signal.front().size() + 20 * 48000) {
        REQUIRE(client->set_side_ports({{.insert = true}}));
        REQUIRE(client->activate());
        for (std::size_t channel = 0; channel < 2; ++channel) {
            link_ports(source.handle(), source.port(channel), client->buses()[0].inputs[channel]);
            link_ports(source.handle(), client->buses()[0].outputs[channel],
                       recorder.port(channel));
        }
    }

    void send_to_effect() {
        for (const char *number : {"1", "2"})
            link_ports(source.handle(), std::string("headroom:main_send_") + number,
                       std::string("effect:in_") + number);
    }
    void return_from_effect() {
        for (const char *number : {"1", "2"})
            link_ports(source.handle(), std::string("effect:out_") + number,
                       std::string("headroom:main_return_") + number);
    }

    int delay() {
        client->follow_inserts();
        client->follow_latency();
        return client->inserts().at(0).delay_frames;
    }

    /// From the engine's input to its output, as the server tells a program that looks.
    bool reports(int frames) const {
        const auto latency = [&](const std::string &name, jack_latency_callback_mode_t mode) {
            jack_latency_range_t range{};
            jack_port_get_latency_range(jack_port_by_name(source.handle(), name.c_str()), mode,
                                        &range);
            return range.min == range.max ? static_cast<int>(range.max) : -1;
        };
        return latency(recorder.port(0), JackCaptureLatency) == frames &&
               latency(source.port(1), JackPlaybackLatency) == frames;
    }
};

bool waits_for(Studio &studio, int delay_frames) {
    return eventually([&] { return studio.delay() == delay_frames; });
}

Audio impulse() {
    Audio signal(2, std::vector<float>(Studio::kSignalFrames));
    signal[0][0] = signal[1][0] = 0.5f;
    return signal;
}

struct LoopCase {
    std::size_t effect_frames;
    bool return_first;
    bool synchronous;
};

void measure_loop(const LoopCase &loop) {
    constexpr int kPeriod = 256;
    Studio studio({.period_frames = kPeriod, .synchronous = loop.synchronous}, impulse());
    const int before = studio.engine.latency_frames(0);
    CHECK(studio.delay() == 0);
    Effect effect(studio.server.name(), loop.effect_frames);
    if (loop.return_first)
        studio.return_from_effect();
    studio.send_to_effect();
    CHECK(studio.delay() == 0); // complete or not, it does not count at once
    if (!loop.return_first)
        studio.return_from_effect();

    const int delay = kPeriod + static_cast<int>(loop.effect_frames);
    REQUIRE(waits_for(studio, delay));
    // Told once it is in force.
    CHECK(eventually([&] {
        studio.delay();
        return studio.engine.latency_frames(0) == before + delay && studio.reports(before + delay);
    }));

    const std::uint64_t heard = studio.engine.frames_processed() + 9600;
    REQUIRE(eventually([&] { return studio.engine.frames_processed() > heard; }));
    studio.recorder.record();
    REQUIRE(eventually([&] { return studio.recorder.reached(1); }));
    studio.source.play();
    REQUIRE(eventually([&] { return studio.source.finished(); }));
    const std::uint64_t end = studio.source.start_frame() + Studio::kSignalFrames;
    REQUIRE(eventually([&] { return studio.recorder.reached(end); }));
    const Audio output = studio.recorder.take(studio.source.start_frame(), Studio::kSignalFrames);
    for (const auto &channel : output) {
        const auto loudest = std::max_element(channel.begin(), channel.end());
        CHECK(*loudest == 0.5f * kGain);
        CHECK(loudest - channel.begin() == before + delay);
        CHECK(std::count(channel.begin(), channel.end(), 0.0f) ==
              static_cast<std::ptrdiff_t>(channel.size()) - 1);
    }
}

} // namespace

TEST_CASE("A loop through a foreign program is as late as the bus says, whatever was first") {
    const LoopCase loop =
        GENERATE(LoopCase{0, false, true}, LoopCase{300, true, true}, LoopCase{300, false, false});
    CAPTURE(loop.effect_frames, loop.return_first, loop.synchronous);
    for (int take = 1; take <= 3; ++take) {
        try {
            measure_loop(loop);
            return;
        } catch (const RecordingHasGaps &) {
            WARN("take " << take << " has gaps");
        }
    }
    FAIL("the machine is too busy to record anything");
}

TEST_CASE("A loop that loses a cable is passed by at once and without a click") {
    Audio tone(2, std::vector<float>(20 * 48000));
    for (auto &channel : tone)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] = 0.4f * std::sin(0.02f * static_cast<float>(i % 314159));
    Studio studio({.period_frames = 256, .synchronous = true}, tone);
    auto effect = std::make_unique<Effect>(studio.server.name(), 0);
    studio.send_to_effect();
    studio.recorder.record();
    studio.source.play();
    REQUIRE(eventually([&] { return studio.source.start_frame() > 0; }));
    const auto run_on = [&] {
        const std::uint64_t until = studio.engine.frames_processed() + 9600;
        REQUIRE(eventually([&] {
            studio.delay();
            return studio.engine.frames_processed() > until;
        }));
        return studio.engine.frames_processed();
    };
    studio.return_from_effect();
    REQUIRE(waits_for(studio, 256));
    run_on();
    REQUIRE(jack_disconnect(studio.source.handle(), "effect:out_2", "headroom:main_return_2") == 0);
    REQUIRE(waits_for(studio, 0));
    run_on();
    link_ports(studio.source.handle(), "effect:out_2", "headroom:main_return_2");
    REQUIRE(waits_for(studio, 256));
    run_on();
    effect.reset();
    REQUIRE(waits_for(studio, 0));
    const std::uint64_t end = run_on();

    const std::uint64_t start = studio.source.start_frame() + 4800;
    REQUIRE_FALSE(studio.source.finished());
    const Audio output = studio.recorder.take(start, end - start);
    // The tone bends 0.4 * 0.02^2 by itself; where a cable goes, the slope may jump by as much as
    // that of the tone differs from that of its half, and no more: no sample does.
    float bend = 0.0f;
    float step = 0.0f;
    for (const auto &channel : output)
        for (std::size_t i = 2; i < channel.size(); ++i) {
            bend = std::max(bend, std::fabs(channel[i] - 2.0f * channel[i - 1] + channel[i - 2]));
            step = std::max(step, std::fabs(channel[i] - channel[i - 1]));
        }
    CHECK(bend < 0.4f * 0.02f * (1.0f - kGain) * 1.05f + 0.4f * 0.02f * 0.02f);
    CHECK(step < 0.4f * 0.02f * 1.05f);
}

TEST_CASE("Half a loop is none") {
    Studio studio({}, impulse());
    Effect effect(studio.server.name(), 0);
    studio.send_to_effect();
    link_ports(studio.source.handle(), "effect:out_1", "headroom:main_return_1");
    const std::uint64_t until = studio.engine.frames_processed() + 9600;
    REQUIRE(eventually([&] {
        CHECK(studio.delay() == 0);
        return studio.engine.frames_processed() > until;
    }));
}

TEST_CASE("The delay of an insert follows the period") {
    Studio studio({.period_frames = 256}, impulse());
    Effect effect(studio.server.name(), 100);
    studio.send_to_effect();
    studio.return_from_effect();
    REQUIRE(waits_for(studio, 356));
    REQUIRE(jack_set_buffer_size(studio.source.handle(), 1024) == 0);
    CHECK(waits_for(studio, 1124));
}

TEST_CASE("Side ports come and go while the engine runs, and are described") {
    JackServer server;
    engine::Engine engine(
        {{"main", *find_layout("stereo"), {}}, {"talk", *find_layout("mono"), {}}}, {}, 48000.0);
    const auto opened = jack::ProcessClient::open("headroom", server.name(), engine);
    REQUIRE(opened);
    jack::ProcessClient &client = **opened;
    REQUIRE(client.activate());
    const auto observer = jack::Client::open("observer", server.name());
    REQUIRE(observer);
    const auto exists = [&](const char *port) {
        return jack_port_by_name((*observer)->get(), port) != nullptr;
    };
    CHECK(client.inserts().empty());
    CHECK_FALSE(exists("headroom:main_send_1"));
    for (int round = 0; round < 20; ++round) {
        REQUIRE(client.set_side_ports({{.insert = true}, {.sidechain = true}}));
        REQUIRE(eventually([&] { return exists("headroom:main_return_2"); }));
        CHECK(exists("headroom:main_send_2"));
        CHECK(exists("headroom:talk_sidechain_1"));
        CHECK_FALSE(exists("headroom:main_sidechain_1"));
        CHECK(client.inserts().size() == 1);
        CHECK(client.buses()[0].returns[1] == "headroom:main_return_2");
        REQUIRE(client.set_side_ports({{}, {}}));
        REQUIRE(eventually([&] {
            client.follow_inserts();
            return !exists("headroom:main_return_2") && !exists("headroom:main_send_1") &&
                   !exists("headroom:talk_sidechain_1");
        }));
    }
    CHECK(exists("headroom:main_in_2"));
    const std::uint64_t frames = engine.frames_processed();
    CHECK(eventually([&] { return engine.frames_processed() > frames + 4096; }));
}

TEST_CASE("What comes in at sidechain ports lowers the bus") {
    JackServer server({.synchronous = true});
    ParameterValues values = idle();
    values[parameter_id("compressor/on")] = 1.0f;
    values[parameter_id("compressor/threshold")] = -40.0f;
    values[parameter_id("compressor/ratio")] = 20.0f;
    engine::Engine engine(
        {{"main", *find_layout("stereo"), values, kDefaultStageOrder, engine::kOwnPorts}}, {},
        48000.0);
    const auto client = jack::ProcessClient::open("headroom", server.name(), engine).value();
    REQUIRE(client->set_side_ports({{.sidechain = true}}));
    REQUIRE(client->activate());
    const Audio signal = noise(2, 10 * 48000, 0.5f);
    SignalSource source(server.name(), engine, signal);
    link_ports(source.handle(), source.port(0), client->buses()[0].inputs[0]);
    source.play();
    const auto reduction = [&] {
        engine::MeterFrame frame;
        float out = 0.0f;
        while (engine.next_meters(frame))
            out = frame.values[meter_id("compressor/gain_reduction").index];
        return out;
    };
    const std::uint64_t until = engine.frames_processed() + 9600;
    REQUIRE(eventually([&] { return engine.frames_processed() > until; }));
    CHECK(reduction() == 0.0f);
    link_ports(source.handle(), source.port(1), "headroom:main_sidechain_1");
    CHECK(eventually([&] { return reduction() < -25.0f; }));
}
