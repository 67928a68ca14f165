// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <atomic>
#include <thread>

using namespace headroom;
using namespace headroom::test;

namespace {} // namespace

TEST_CASE("an engine prepared for another rate is as one built for it") {
    const Audio input = programme(2, 20000, 30);
    const auto fresh = one_bus(settings({{kCeiling, -9.0f}, {kMode, 2.0f}}), 96000.0);
    const auto engine = one_bus();
    change(*engine, {{kCeiling, -9.0f}});
    run(*engine, programme(2, 5000, 31));       // audio that must be forgotten
    change(*engine, {{kMode, 2.0f}}, 1u << 30); // still waits for its frame
    engine->prepare(96000.0);
    CHECK(engine->sample_rate_hz() == 96000.0);
    CHECK(engine->latency_frames(0) == fresh->latency_frames(0));
    CHECK(engine->frames_processed() % 32 == 0);
    CHECK(engine->frames_processed() >= 5000);
    CHECK(same_bits(run(*engine, input), run(*fresh, input)));
}

TEST_CASE("changes that the process thread never saw survive a new rate") {
    const auto engine = one_bus(idle_chain());
    for (int i = 0; i < 100; ++i)
        change(*engine, {{kMode, static_cast<float>(i % 3)}, {kCeiling, -3.0f}});
    engine->prepare(44100.0);
    ParameterValues values = idle_chain();
    values[kMode] = 0.0f;
    values[kCeiling] = -3.0f;
    const Audio input = programme(2, 10000, 32, 4.0f);
    CHECK(same_bits(run(*engine, input), run(*one_bus(values, 44100.0), input)));
    // And there is room for as many again.
    for (int i = 0; i < 100; ++i)
        change(*engine, {{kMode, static_cast<float>(i % 3)}, {kCeiling, -3.0f}});
}

TEST_CASE("preparing in the middle of a structural change keeps the newest structure") {
    const auto engine = one_bus(idle_chain());
    change(*engine, {{kMode, 2.0f}});
    run(*engine, programme(2, 700, 33)); // the new limiter is fading in
    change(*engine, {{kMode, 0.0f}});
    run(*engine, programme(2, 32, 34)); // the next one waits
    engine->prepare(48000.0);
    ParameterValues values = idle_chain();
    values[kMode] = 0.0f;
    const Audio input = programme(2, 5000, 35);
    CHECK(same_bits(run(*engine, input), run(*one_bus(values), input)));
}

TEST_CASE("control, process and session threads work at the same time") {
    const auto engine = one_bus();
    std::atomic<bool> done{false};
    std::thread control([&] {
        engine::MeterFrame meters;
        for (int i = 0; !done.load(); ++i) {
            change(*engine,
                   {{kMode, static_cast<float>(i / 7 % 3)},
                    {kCeiling, static_cast<float>(-(i % 12))},
                    {parameter_id("bypass"), static_cast<float>(i / 50 % 2)}},
                   engine->frames_processed() + static_cast<std::uint64_t>(i % 3) * 100);
            while (engine->next_meters(meters)) {
            }
            if (i % 10 == 0)
                engine->reset_meters(0);
            static_cast<void>(engine->latency_frames(0) + engine->timing().mean_us);
            engine->collect_garbage();
            std::this_thread::yield();
        }
    });
    for (int round = 0; round < 5; ++round) {
        std::thread process([&] { run(*engine, programme(2, 20000, 36), every(128)); });
        process.join();
        engine->prepare(round % 2 == 0 ? 44100.0 : 48000.0); // beside the control thread
    }
    done = true;
    control.join();
    // Behind all that waits: prepare() makes what is on its way in the order of time.
    change(*engine, {{kMode, 1.0f}, {kCeiling, -2.0f}, {parameter_id("bypass"), 0.0f}},
           engine->frames_processed() + 1000);
    engine->prepare(48000.0);
    ParameterValues values = settings({{kMode, 1.0f}, {kCeiling, -2.0f}});
    const Audio input = programme(2, 5000, 37);
    CHECK(same_bits(run(*engine, input), run(*one_bus(values), input)));
}
