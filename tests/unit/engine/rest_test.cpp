// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/bus.hpp"
#include "jack_client/engine/flush_to_zero.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr double kRate_hz = 48000.0;

/// Programme, a pause of twelve seconds, programme.
Audio with_pause() {
    Audio audio = programme(2, 2 * 48000);
    const Audio after = programme(2, 48000, 2);
    for (std::size_t c = 0; c < audio.size(); ++c) {
        audio[c].resize(audio[c].size() + 12 * 48000, 0.0f);
        audio[c].insert(audio[c].end(), after[c].begin(), after[c].end());
    }
    return audio;
}

/// The chain with everything in it that a profile can switch on.
ParameterValues full_chain() {
    return settings({{parameter_id("gate/on"), 1.0f},
                     {parameter_id("equaliser/on"), 1.0f},
                     {parameter_id("equaliser/low_cut/on"), 1.0f},
                     {parameter_id("equaliser/bell_1/on"), 1.0f},
                     {parameter_id("equaliser/bell_1/gain"), 6.0f}});
}

ParameterValues matched_bypass() {
    return settings({{parameter_id("bypass"), 1.0f}, {parameter_id("bypass/matched"), 1.0f}});
}

ParameterValues difference() {
    return settings({{parameter_id("listen"), 1.0f}, {parameter_id("bypass/matched"), 1.0f}});
}

/// A bus on its own.
struct LoneBus {
    explicit LoneBus(const ParameterValues &values, double rate_hz = kRate_hz)
        : setup(test::bus("stereo", values)),
          sidechains({setup}, 256),
          inserts({setup}, 256),
          outlets{engine::SpscRing<engine::MeterFrame>(16), returns, {&in_force, 1}},
          bus({.sample_rate_hz = rate_hz, .channels = setup.channels, .values = setup.values},
              {engine::build_movable({rate_hz, setup.channels, setup.values}, setup.order,
                                     engine::kOwnInput, parts),
               engine::build_limiter({rate_hz, setup.channels, setup.values}, parts)},
              outlets) {}

    void process(Audio audio, std::size_t period = 256) {
        const engine::FlushToZero flush_to_zero;
        for (std::size_t done = 0; done < audio[0].size(); done += period) {
            float *channels[] = {audio[0].data() + done, audio[1].data() + done};
            bus.process(channels, static_cast<int>(period), frame, sidechains, inserts);
            frame += period;
        }
    }
    void pause(int seconds, std::size_t period = 256) {
        for (int i = 0; i < seconds; ++i)
            process(Audio(2, std::vector<float>(188 * 256)), period);
    }

    engine::BusSetup setup;
    engine::Sidechains sidechains;
    engine::InsertLoops inserts;
    engine::Returns returns;
    engine::InForce in_force;
    std::atomic<int> parts{0};
    engine::Outlets outlets;
    engine::Bus bus;
    std::uint64_t frame = 0;
};

} // namespace

TEST_CASE("a bus comes to rest in a pause, whatever is in its chain, and wakes at once") {
    const ParameterValues values =
        GENERATE(ParameterValues{}, full_chain(), matched_bypass(), difference());
    LoneBus lone(values);
    lone.process(programme(2, 375 * 256));
    CHECK_FALSE(lone.bus.rests());
    lone.pause(12);
    CHECK(lone.bus.rests());

    SECTION("for a value") {
        lone.bus.schedule(
            {.frame = lone.frame, .parameter = parameter_id("limiter/ceiling"), .value = -3.0f});
        lone.bus.apply_due(lone.frame);
        CHECK_FALSE(lone.bus.rests());
        lone.pause(12);
        CHECK(lone.bus.rests());
    }
    SECTION("but not for a value that it has") {
        lone.bus.schedule({.frame = lone.frame,
                           .parameter = parameter_id("limiter/ceiling"),
                           .value = values[parameter_id("limiter/ceiling")]});
        lone.bus.apply_due(lone.frame);
        CHECK(lone.bus.rests());
    }
    SECTION("for a sound") {
        lone.process(sine(2, 256, 997.0, 0.1f));
        CHECK_FALSE(lone.bus.rests());
    }
}

TEST_CASE("a bus rests whatever the period and the sample rate") {
    const double rate_hz = GENERATE(44100.0, 48000.0, 88200.0, 96000.0, 176400.0, 192000.0);
    const std::size_t period = GENERATE(16, 32, 1024);
    CAPTURE(rate_hz, period);
    const ParameterValues values = rate_hz == 48000.0 ? ParameterValues{} : full_chain();
    LoneBus lone(values, rate_hz);
    lone.process(programme(2, 32 * 1024), period);
    CHECK_FALSE(lone.bus.rests());
    for (int second = 0; second < 24 && !lone.bus.rests(); ++second)
        lone.process(Audio(2, std::vector<float>(static_cast<std::size_t>(rate_hz) / 1024 * 1024)),
                     period);
    CHECK(lone.bus.rests());
}

TEST_CASE("rest changes no bit of the audio and no reading") {
    const ParameterValues values =
        GENERATE(ParameterValues{}, full_chain(), matched_bypass(), difference());
    const std::uint32_t cut = GENERATE(256u, 100u, 16u);
    const Audio input = with_pause();
    const auto resting = one_bus(values);
    const auto kept_awake = one_bus(values);
    std::vector<engine::MeterFrame> readings[2];
    const auto read = [&](engine::Engine &engine, auto &into) {
        engine::MeterFrame meters;
        while (engine.next_meters(meters))
            into.push_back(meters);
    };
    const Audio rested =
        run(*resting, input, every(cut), [&](std::uint64_t) { read(*resting, readings[0]); });
    const Audio awake = run(*kept_awake, input, every(cut), [&, on = 0.0f](std::uint64_t) mutable {
        change(*kept_awake, {{parameter_id("insert/on"), on}}); // nothing hangs on it
        on = 1.0f - on;
        read(*kept_awake, readings[1]);
    });
    CHECK(same_bits(rested, awake));
    REQUIRE(readings[0].size() == readings[1].size());
    bool same = true;
    for (std::size_t i = 0; i < readings[0].size(); ++i)
        same = same && readings[0][i].frame == readings[1][i].frame &&
               readings[0][i].values == readings[1][i].values;
    CHECK(same);
}
