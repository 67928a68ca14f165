// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/realtime/audit.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <limits>
#include <random>

using namespace headroom;
using namespace headroom::test;

namespace {

/// Runs the engine as test::run() does, with every call audited.
void run_audited(engine::Engine &engine, const Audio &input, const Cutting &cutting,
                 const std::function<void(std::uint64_t)> &before = {},
                 std::span<const midi::Event> midi = {}) {
    Audio output = input;
    std::vector<const float *> in(input.size());
    std::vector<float *> out(input.size());
    for (std::size_t done = 0; done < input.front().size();) {
        const std::size_t frames = std::min<std::size_t>(cutting(), input.front().size() - done);
        for (std::size_t c = 0; c < input.size(); ++c) {
            in[c] = input[c].data() + done;
            out[c] = output[c].data() + done;
        }
        if (before)
            before(done);
        {
            const realtime::AuditScope scope;
            engine.process(in.data(), out.data(), static_cast<std::uint32_t>(frames), {}, {}, {},
                           midi);
        }
        done += frames;
    }
}

/// Fails the test case with the call stacks of what was found.
void require_clean() {
    if (realtime::violation_count() > 0)
        realtime::report_violations();
    REQUIRE(realtime::violation_count() == 0);
}

} // namespace

TEST_CASE("process() never blocks, whatever the size of its blocks") {
    realtime::reset_violations();
    const std::string layout = GENERATE("mono", "stereo", "5.1", "7.1");
    const double rate_hz = GENERATE(44100.0, 96000.0);
    CAPTURE(layout, rate_hz);
    const auto engine = one_bus({}, rate_hz, layout);
    const Audio input = programme(engine->channel_count(), 30000, 1, 4.0f);
    for (const std::uint32_t frames : {1u, 32u, 333u, 1024u, 8192u})
        run_audited(*engine, input, every(frames));
    run_audited(*engine, input, at_random(1, 700));
    require_clean();
}

TEST_CASE("process() never blocks while any parameter changes") {
    realtime::reset_violations();
    const auto engine = one_bus();
    const Audio input = programme(2, 4000, 2, 4.0f);
    for (std::uint16_t i = 0; i < kParameterCount; ++i) {
        const ParameterId id{i};
        const Parameter &about = parameter(id);
        CAPTURE(about.path);
        for (const float value : {about.minimum, about.maximum, about.default_value}) {
            const engine::ParameterChange change{
                about.scope == Scope::global ? engine::ParameterChange::kGlobal : std::int16_t{0},
                id, value};
            // At once, and at a frame in the middle of a call.
            engine->apply({&change, 1});
            engine->apply({&change, 1}, engine->frames_processed() + 1777);
            run_audited(*engine, input, at_random(i, 500));
        }
        require_clean();
    }
}

TEST_CASE("process() never blocks through structural changes, bypass and resets in a hurry") {
    realtime::reset_violations();
    const auto engine = one_bus();
    std::mt19937 random(3);
    run_audited(*engine, programme(2, 96000, 3, 4.0f), at_random(4, 300), [&](std::uint64_t) {
        change(*engine, {{parameter_id("limiter/mode"), static_cast<float>(random() % 3)},
                         {parameter_id("bypass"), static_cast<float>(random() % 2)},
                         {parameter_id("agc/on"), static_cast<float>(random() % 2)},
                         {parameter_id("compressor/on"), static_cast<float>(random() % 2)},
                         {parameter_id("gate/on"), static_cast<float>(random() % 2)},
                         {parameter_id("equaliser/on"), static_cast<float>(random() % 2)}});
        StageOrder order = kDefaultStageOrder;
        std::shuffle(order.begin(), order.end(), random);
        engine->set_order(0, order, engine->frames_processed() + random() % 300);
        engine->reset_meters(0);
        if (random() % 8 == 0)
            engine->collect_garbage();
    });
    require_clean();
}

TEST_CASE("process() never blocks on many changes, unread meters and uncollected structures") {
    realtime::reset_violations();
    const auto engine = one_bus();
    for (int i = 0; i < 500; ++i)
        change(*engine, {{parameter_id("limiter/mode"), static_cast<float>(i % 3)}},
               static_cast<std::uint64_t>(i * 37 * 180 % 90000));
    for (int i = 0; i < 20000; ++i)
        change(*engine,
               {{parameter_id("limiter/ceiling"), static_cast<float>(-i % 20)},
                {parameter_id("compressor/attack"), static_cast<float>(1 + i % 20)}},
               static_cast<std::uint64_t>(i * 37 % 90000));
    run_audited(*engine, programme(2, 96000, 5, 4.0f), every(256));
    require_clean();
}

TEST_CASE("process() never blocks on input that is no signal") {
    realtime::reset_violations();
    const auto engine = one_bus();
    Audio input = programme(2, 48000, 6, 4.0f);
    const float hostile[] = {std::numeric_limits<float>::quiet_NaN(),
                             std::numeric_limits<float>::infinity(), 1e30f,
                             std::numeric_limits<float>::denorm_min(), -0.0f};
    std::mt19937 random(7);
    for (auto &channel : input)
        for (float &sample : channel)
            if (random() % 3 == 0)
                sample = hostile[random() % 5];
    run_audited(*engine, input, at_random(8, 600));
    run_audited(*engine, Audio(2, std::vector<float>(48000)), every(256));
    require_clean();
}

TEST_CASE("process() never blocks while compressors begin and cease to hear other buses") {
    realtime::reset_violations();
    engine::Engine engine({bus("stereo", {}), bus("mono", {}), bus("5.1", {})}, {}, 48000.0);
    std::mt19937 random(10);
    run_audited(engine, programme(9, 48000, 11, 4.0f), at_random(12, 300), [&](std::uint64_t) {
        for (int i = 0; i < 3; ++i) {
            const int source = static_cast<int>(random() % 4) - 1;
            if (source != i)
                engine.set_sidechain(i, source, engine.frames_processed() + random() % 300);
        }
        engine.collect_garbage();
    });
    require_clean();
}

TEST_CASE("64 buses never block") {
    realtime::reset_violations();
    engine::Engine engine(std::vector(64, bus("stereo", {})), {}, 48000.0);
    run_audited(engine, programme(128, 4800, 9, 4.0f), every(480), [&](std::uint64_t) {
        for (std::int16_t i = 0; i < 64; ++i)
            change(engine, {{parameter_id("limiter/mode"), static_cast<float>(i % 3)}}, 0, i);
    });
    require_clean();
}

TEST_CASE("process() never blocks while controllers move everything") {
    realtime::reset_violations();
    const auto engine = one_bus();
    const int strip = *engine->know_strip("player");
    std::vector<std::pair<MidiBinding, midi::Target>> bindings;
    for (std::uint16_t i = 0; i < kParameterCount + kStripParameterCount; ++i) {
        const ParameterId id{i};
        if (parameter(id).structural)
            continue;
        midi::Target target{.parameter = id};
        if (parameter(id).scope == Scope::bus)
            target.bus = 0;
        if (parameter(id).scope == Scope::strip)
            target.strip = static_cast<std::int16_t>(strip);
        MidiBinding binding{.control = {.number = i % 128},
                            .target = {.scope = parameter(id).scope, .parameter = id}};
        binding.mode = static_cast<MidiMode>(i % 7);
        binding.takeover = static_cast<MidiTakeover>(i % 4);
        binding.curve = static_cast<MidiCurve>(i % 3);
        bindings.emplace_back(binding, target);
    }
    std::mt19937 random(13);
    std::vector<midi::Event> events(200);
    run_audited(
        *engine, programme(2, 48000, 14, 4.0f), every(256),
        [&](std::uint64_t) {
            std::uint32_t frame = 0;
            for (midi::Event &event : events) {
                frame += static_cast<std::uint32_t>(random() % 3);
                event.frame = std::min(frame, 255u);
                event.size = static_cast<std::uint8_t>(1 + random() % 3);
                event.data = {static_cast<std::uint8_t>(random() % 8 ? 0xb0 : random()),
                              static_cast<std::uint8_t>(random() % 128),
                              static_cast<std::uint8_t>(random() % 128)};
            }
            if (random() % 4 == 0) {
                auto table = std::make_unique<midi::ControlTable>(bindings);
                engine->set_midi(std::move(table));
            }
            if (random() % 8 == 0)
                engine->take_moved();
        },
        events);
    CHECK(engine->take_moved().size() > 40);
    require_clean();
}
