// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <random>

using namespace headroom;
using namespace headroom::test;
using engine::Step;
using engine::Steps;

namespace {

void add(Steps &steps, std::uint64_t frame, float value, ParameterId id = kCeiling) {
    CHECK(steps.add({.frame = frame, .parameter = id, .value = value}) == nullptr);
}

std::vector<std::pair<std::uint64_t, float>> all(Steps &steps) {
    std::vector<std::pair<std::uint64_t, float>> out;
    Step step;
    while (steps.take(1u << 20, step))
        out.emplace_back(step.frame, step.value);
    return out;
}

/// The engine of each test, with two changes of a value that jumps at each of some frames.
Audio run_flooded(const Cutting &cutting, int every_frames) {
    const auto engine = one_bus();
    for (std::uint64_t frame = 1000; frame < 5000;
         frame += static_cast<std::uint64_t>(every_frames))
        change(*engine,
               {{kCeiling, -static_cast<float>(frame % 19)},
                {parameter_id("compressor/attack"), 1.0f + static_cast<float>(frame % 50)}},
               frame);
    return run(*engine, programme(2, 6000, 2, 4.0f), cutting);
}

} // namespace

TEST_CASE("the newest of two values at one frame holds, of each parameter") {
    Steps steps(8);
    add(steps, 40, 1.0f);
    add(steps, 40, 2.0f, kMode);
    add(steps, 40, 3.0f);
    CHECK(all(steps) == std::vector<std::pair<std::uint64_t, float>>{{40, 3.0f}, {40, 2.0f}});
}

TEST_CASE("a grid period is cut at its first frames, and what comes at others waits for its end") {
    Steps steps(8);
    for (std::uint64_t frame = 64; frame < 100; ++frame)
        add(steps, frame, static_cast<float>(frame));
    // On the grid nothing is cut.
    CHECK(all(steps) == std::vector<std::pair<std::uint64_t, float>>{{64, 64.0f},
                                                                     {65, 65.0f},
                                                                     {66, 66.0f},
                                                                     {96, 96.0f},
                                                                     {97, 97.0f},
                                                                     {98, 98.0f},
                                                                     {128, 99.0f}});
}

TEST_CASE("there is room for the changes of one frame as long as it is not crowded") {
    constexpr std::size_t kKinds = 10;
    Steps steps(kKinds);
    std::mt19937 random(1);
    Step taken;
    for (std::uint64_t frame = 0; frame < 20000; frame += random() % 3) {
        if (steps.is_crowded())
            while (steps.take(frame, taken)) {
            }
        REQUIRE_FALSE(steps.is_crowded());
        for (std::uint16_t i = 0; i < kKinds; ++i)
            static_cast<void>(steps.add({.frame = frame, .parameter = {i}}));
        CHECK(steps.waiting().size() <= 3 * kKinds);
    }
}

TEST_CASE("a flood of changes is the same however the stream is cut") {
    const int every_frames = GENERATE(1, 3, 13);
    CAPTURE(every_frames);
    const Audio expected = run_flooded(every(256), every_frames);
    for (const std::uint32_t frames : {1u, 16u, 333u, 4096u})
        CHECK(same_bits(run_flooded(every(frames), every_frames), expected));
    CHECK(same_bits(run_flooded(at_random(1, 500), every_frames), expected));
}

TEST_CASE("changes of all parameters of 64 buses and 64 strips apply together") {
    std::vector<engine::BusSetup> setups;
    for (int i = 0; i < 64; ++i)
        setups.push_back(bus("mono", idle_chain()));
    engine::Engine engine(setups, {}, 48000.0);
    std::vector<engine::ParameterChange> changes;
    for (std::int16_t i = 0; i < 64; ++i) {
        const auto slot = engine.add_strip({"player " + std::to_string(i), i, {Channel::mono}});
        REQUIRE(slot.has_value());
    }
    run(engine, Audio(64, std::vector<float>(9600)));
    for (int round = 0; round < 3; ++round)
        for (std::int16_t i = 0; i < 64; ++i) {
            for (std::uint16_t p = 0; p < kParameterCount; ++p)
                if (parameter({p}).scope == Scope::bus && !parameter({p}).structural)
                    changes.push_back({i, {p}, setups[0].values[{p}]});
            for (std::uint16_t p = 0; p < kStripParameterCount; ++p)
                changes.push_back({.parameter = {static_cast<std::uint16_t>(kParameterCount + p)},
                                   .value = 0.0f,
                                   .strip = i});
            changes.push_back({i, parameter_id("bypass"), 1.0f});
        }
    CHECK(changes.size() > 12000);
    engine.apply(changes, 10001);
    // Bypass begins with the dry signal for every bus at the same frame.
    const Audio input(64, std::vector<float>(4000, 0.25f));
    const Audio output = run(engine, input, every(700));
    for (std::size_t i = 1; i < 64; ++i)
        CHECK(output[i] == output[0]);
}
