// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <random>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr int kFrames = 48000;

/// Changes of every kind, at frames that are on no grid.
void schedule_changes(engine::Engine &engine) {
    change(engine, {{parameter_id("limiter/ceiling"), -6.0f}}, 4999);
    change(engine, {{parameter_id("limiter/mode"), 2.0f}}, 7001);
    change(engine,
           {{parameter_id("compressor/threshold"), -45.0f},
            {parameter_id("compressor/ratio"), 8.0f},
            {parameter_id("compressor/makeup"), 12.0f}},
           9017);
    change(engine, {{parameter_id("bypass"), 1.0f}}, 12345);
    change(engine, {{parameter_id("limiter/mode"), 0.0f}}, 12500);
    change(engine, {{parameter_id("bypass"), 0.0f}}, 20011);
    change(engine, {{parameter_id("agc/on"), 0.0f}}, 23456);
    change(engine, {{parameter_id("compressor/on"), 0.0f}}, 23457);
    change(engine, {{parameter_id("compressor/on"), 1.0f}}, 23999);
    change(engine, {{parameter_id("agc/on"), 1.0f}}, 30001);
    change_global(engine, global_parameter_id("bypass"), 1.0f, 35003);
    change_global(engine, global_parameter_id("bypass"), 0.0f, 35333);
    std::mt19937 random(99);
    for (std::uint64_t frame = 1; frame < kFrames; frame += 1 + random() % 900) {
        const auto index = static_cast<std::uint16_t>(random() % kParameterCount);
        const Parameter &about = parameter({index});
        if (about.scope != Scope::bus)
            continue;
        const float share = static_cast<float>(random() % 1001) / 1000.0f;
        const engine::ParameterChange random_change{0, {index}, from_normalised(about, share)};
        engine.apply({&random_change, 1}, frame);
    }
}

struct Run {
    Audio output;
    std::vector<engine::MeterFrame> meters;
};

Run run_cut(const Audio &input, const Cutting &cutting, const std::string &layout) {
    const auto engine = one_bus({}, 48000.0, layout);
    schedule_changes(*engine);
    Run result;
    result.output = run(*engine, input, cutting, [&](std::uint64_t) {
        engine::MeterFrame meters;
        while (engine->next_meters(meters))
            result.meters.push_back(meters);
        engine->collect_garbage();
    });
    engine::MeterFrame meters;
    while (engine->next_meters(meters))
        result.meters.push_back(meters);
    return result;
}

void check_same(const Run &a, const Run &b) {
    CHECK(same_bits(a.output, b.output));
    REQUIRE(a.meters.size() == b.meters.size());
    for (std::size_t i = 0; i < a.meters.size(); ++i) {
        CHECK(a.meters[i].frame == b.meters[i].frame);
        CHECK(a.meters[i].values == b.meters[i].values);
    }
}

} // namespace

TEST_CASE("output and meters are bit-identical for every way of cutting the stream") {
    const std::string layout = GENERATE("mono", "stereo", "5.1");
    CAPTURE(layout);
    const int channels = static_cast<int>(find_layout(layout)->size());
    const Audio input = programme(channels, kFrames);
    const Run reference = run_cut(input, every(256), layout);
    CHECK(largest_bend(reference.output) > 0.0f);
    CHECK(reference.meters.size() == 49);
    for (const std::uint32_t frames : {1u, 32u, 64u, 333u, 1024u, 8192u}) {
        CAPTURE(frames);
        check_same(reference, run_cut(input, every(frames), layout));
    }
    for (const unsigned seed : {1u, 2u, 3u}) {
        CAPTURE(seed);
        check_same(reference, run_cut(input, at_random(seed, seed * 500), layout));
    }
}

TEST_CASE("a timed change is as one that is made between two calls at that frame") {
    const Audio input = programme(2, 6000, 2, 4.0f);
    const std::uint32_t frame = GENERATE(1u, 31u, 32u, 1000u, 1024u, 2345u);
    const Setting setting = GENERATE(
        Setting{parameter_id("limiter/ceiling"), -12.0f}, Setting{parameter_id("bypass"), 1.0f},
        Setting{parameter_id("compressor/threshold"), -60.0f},
        Setting{parameter_id("agc/on"), 0.0f}, Setting{parameter_id("limiter/mode"), 2.0f});
    CAPTURE(frame, parameter(setting.first).path);
    const auto timed = one_bus();
    change(*timed, {setting}, frame);
    const auto by_hand = one_bus();
    const Audio expected = run(*by_hand, input, every(frame), [&](std::uint64_t done) {
        if (done == frame)
            change(*by_hand, {setting});
    });
    CHECK(same_bits(run(*timed, input), expected));
    CHECK_FALSE(same_bits(run(*one_bus(), input), expected));
}

TEST_CASE("a bus does not hear its neighbours") {
    const Audio input = programme(2, 20000, 5);
    const Audio alone = run(*one_bus(), input);
    for (const int place : {0, 1, 2}) {
        std::vector<engine::BusSetup> setups;
        Audio all;
        for (int i = 0; i < 3; ++i) {
            setups.push_back(bus(i == place ? "stereo" : "5.1", {}));
            for (const auto &channel : i == place ? input : programme(6, 20000, 77, 10.0f))
                all.push_back(channel);
        }
        engine::Engine engine(setups, {}, 48000.0);
        const Audio output = run(engine, all, at_random(3, 700));
        const auto first = static_cast<std::ptrdiff_t>(place) * 6;
        CHECK(same_bits(Audio(output.begin() + first, output.begin() + first + 2), alone));
    }
}
