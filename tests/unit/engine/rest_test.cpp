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

/// A bus on its own.
struct LoneBus {
    explicit LoneBus(const ParameterValues &values)
        : setup(test::bus("stereo", values)),
          sidechains({setup}, 256),
          inserts({setup}, 256),
          outlets{engine::SpscRing<engine::MeterFrame>(16),
                  engine::SpscRing<engine::Structure *>(16)},
          bus({.sample_rate_hz = kRate_hz, .channels = setup.channels, .values = setup.values},
              engine::build_structure({kRate_hz, setup.channels, setup.values}, setup.order),
              outlets) {}

    void process(Audio audio) {
        const engine::FlushToZero flush_to_zero;
        for (std::size_t done = 0; done < audio[0].size(); done += 256) {
            float *channels[] = {audio[0].data() + done, audio[1].data() + done};
            bus.process(channels, 256, frame, sidechains, inserts);
            frame += 256;
        }
    }
    void pause(int seconds) {
        for (int i = 0; i < seconds; ++i)
            process(Audio(2, std::vector<float>(188 * 256)));
    }

    engine::BusSetup setup;
    engine::Sidechains sidechains;
    engine::InsertLoops inserts;
    engine::Outlets outlets;
    engine::Bus bus;
    std::uint64_t frame = 0;
};

} // namespace

TEST_CASE("a bus comes to rest in a pause, whatever is in its chain, and wakes at once") {
    const ParameterValues values = GENERATE(ParameterValues{}, full_chain());
    LoneBus lone(values);
    lone.process(programme(2, 375 * 256));
    CHECK_FALSE(lone.bus.rests());
    lone.pause(12);
    CHECK(lone.bus.rests());

    SECTION("for a value") {
        lone.bus.set_value(parameter_id("limiter/ceiling"), -3.0f);
        CHECK_FALSE(lone.bus.rests());
        lone.pause(12);
        CHECK(lone.bus.rests());
    }
    SECTION("for a sound") {
        lone.process(sine(2, 256, 997.0, 0.1f));
        CHECK_FALSE(lone.bus.rests());
    }
}

TEST_CASE("rest changes no bit of the audio and no reading") {
    const ParameterValues values = GENERATE(ParameterValues{}, full_chain());
    const std::uint32_t cut = GENERATE(256u, 100u);
    const Audio input = with_pause();
    const auto resting = one_bus(values);
    const auto kept_awake = one_bus(values);
    const float ceiling_dbtp = values[parameter_id("limiter/ceiling")];
    std::vector<engine::MeterFrame> readings[2];
    const auto read = [&](engine::Engine &engine, auto &into) {
        engine::MeterFrame meters;
        while (engine.next_meters(meters))
            into.push_back(meters);
    };
    const Audio rested =
        run(*resting, input, every(cut), [&](std::uint64_t) { read(*resting, readings[0]); });
    const Audio awake = run(*kept_awake, input, every(cut), [&](std::uint64_t) {
        change(*kept_awake, {{parameter_id("limiter/ceiling"), ceiling_dbtp}});
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
