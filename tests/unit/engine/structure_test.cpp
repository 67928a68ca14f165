// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>

using namespace headroom;
using namespace headroom::test;

namespace {} // namespace

TEST_CASE("a structural change moves to the new latency without a click") {
    const float from = GENERATE(0.0f, 1.0f, 2.0f);
    const float to = GENERATE(0.0f, 1.0f, 2.0f);
    if (from == to)
        return;
    CAPTURE(from, to);
    ParameterValues values = idle_chain();
    values[kMode] = from;
    const Audio input = sine(2, 48000, 100.0, 0.9f);
    const auto engine = one_bus(values);
    const auto before = static_cast<std::size_t>(engine->latency_frames(0));
    change(*engine, {{kMode, to}}, 20001);
    const Audio output = run(*engine, input);
    const auto after = static_cast<std::size_t>(engine->latency_frames(0));
    CHECK(after == static_cast<std::size_t>(one_bus(settings({{kMode, to}}))->latency_frames(0)));
    for (std::size_t i = before; i < 20001; ++i)
        REQUIRE(output[0][i] == input[0][i - before]);
    for (std::size_t i = 20001 + 32 + 512 + 2 * 960; i < 48000; ++i)
        REQUIRE(output[0][i] == input[0][i - after]);
    CHECK(largest_bend(output, before + 2) < 1.2f * largest_bend(input));
}

TEST_CASE("latency is what the newest structure has, and what is measured") {
    const auto engine = one_bus(idle_chain());
    Audio click(2, std::vector<float>(20000));
    click[0][10000] = 0.5f;
    for (const float mode : {2.0f, 0.0f, 1.0f}) {
        change(*engine, {{kMode, mode}});
        const Audio output = run(*engine, click);
        std::size_t at = 0;
        while (at < output[0].size() && output[0][at] == 0.0f)
            ++at;
        CAPTURE(mode);
        CHECK(at == 10000 + static_cast<std::size_t>(engine->latency_frames(0)));
    }
}

TEST_CASE("the ceiling holds through structural changes of a signal far above it") {
    const Audio input = programme(2, 96000, 20, 8.0f);
    const ParameterId agc = parameter_id("agc/on");
    double without_changes_db = -100.0;
    for (const float mode : {0.0f, 1.0f, 2.0f})
        without_changes_db =
            std::max(without_changes_db,
                     true_peak_db(run(*one_bus(settings({{agc, 0.0f}, {kMode, mode}})), input)));
    const auto engine = one_bus(settings({{agc, 0.0f}}));
    for (int i = 0; i < 30; ++i)
        change(*engine, {{kMode, static_cast<float>((i * 2 + 1) % 3)}},
               static_cast<std::uint64_t>(1000 + i * 3001));
    const Audio output =
        run(*engine, input, every(256), [&](std::uint64_t) { engine->collect_garbage(); });
    CHECK(true_peak_db(output) <= without_changes_db + 0.01);
    CHECK(true_peak_db(output) > -1.5);
}

TEST_CASE("of structural changes in quick succession the last one holds") {
    const Audio input = sine(2, 24000, 100.0, 0.9f);
    const auto engine = one_bus(idle_chain());
    for (int i = 0; i <= 50; ++i)
        change(*engine, {{kMode, static_cast<float>(i % 3)}},
               2000 + static_cast<std::uint64_t>(i) * 100);
    const Audio output = run(*engine, input);
    const auto late = static_cast<std::size_t>(engine->latency_frames(0));
    CHECK(late == static_cast<std::size_t>(one_bus(settings({{kMode, 2.0f}}))->latency_frames(0)));
    for (std::size_t i = 12000; i < 24000; ++i)
        REQUIRE(output[0][i] == input[0][i - late]);
    CHECK(largest_bend(output, 600) < 1.2f * largest_bend(input));
}

TEST_CASE("what is told of a structure is what is in force, whatever was sent before") {
    const auto engine = one_bus(idle_chain());
    Audio click(2, std::vector<float>(20000));
    click[0][15000] = 0.5f;
    const int low = one_bus(settings({{kMode, 0.0f}}))->latency_frames(0);
    const int quality = one_bus(settings({{kMode, 2.0f}}))->latency_frames(0);
    const int before = engine->latency_frames(0);
    change(*engine, {{kMode, 2.0f}}, 8000);
    change(*engine, {{kMode, 0.0f}});
    CHECK(engine->latency_frames(0) == before);
    CHECK(engine->is_restructuring());
    run(*engine, Audio(2, std::vector<float>(7000)));
    CHECK(engine->latency_frames(0) == low);
    CHECK(engine->is_restructuring());
    const Audio output = run(*engine, click);
    CHECK(engine->latency_frames(0) == quality);
    CHECK_FALSE(engine->is_restructuring());
    CHECK(output[0][15000 + static_cast<std::size_t>(quality)] == 0.5f);
}

TEST_CASE("a timed mode leaves an order that is set meanwhile") {
    const auto engine = one_bus(idle_chain());
    constexpr StageOrder kReverse{4, 3, 2, 1, 0};
    change(*engine, {{kMode, 2.0f}}, 8000);
    engine->set_order(0, kReverse);
    engine->set_insert_delay(0, 300);
    const Audio input = programme(2, 40000, 3, 0.2f);
    run(*engine, input);
    engine::BusSetup setup = bus("stereo", settings({{kMode, 2.0f}}));
    setup.order = kReverse;
    const int limiter = one_bus(setup.values)->latency_frames(0);
    CHECK(engine->insert_delay_frames(0) == 300);
    CHECK(engine->latency_frames(0) == limiter + 300);
}

TEST_CASE("of any number of structural changes that nobody takes the newest is kept") {
    const auto engine = one_bus(idle_chain());
    for (int i = 0; i < 3000; ++i)
        change(*engine, {{kMode, static_cast<float>(i % 3)}});
    run(*engine, sine(2, 24000, 100.0, 0.1f));
    CHECK(engine->latency_frames(0) == one_bus(settings({{kMode, 2.0f}}))->latency_frames(0));
    CHECK_FALSE(engine->is_restructuring());
}

TEST_CASE("gain and learnt loudness live on through a structural change") {
    // Quiet programme: the AGC has raised it when the limiter is replaced.
    const Audio input = sine(2, 10 * 48000, 997.0, 0.06f);
    const auto changed = one_bus();
    const auto untouched = one_bus();
    change(*changed, {{kMode, 2.0f}}, 8 * 48000);
    Audio a;
    Audio b;
    const float gain_a = reading(run_metered(*changed, input, &a), "agc/gain");
    const float gain_b = reading(run_metered(*untouched, input, &b), "agc/gain");
    CHECK(gain_b > 3.0f);
    CHECK(gain_a == gain_b);
    const auto shift = static_cast<std::size_t>(changed->latency_frames(0)) -
                       static_cast<std::size_t>(untouched->latency_frames(0));
    const auto last = a[0].size() - 1;
    CHECK(a[0][last] == Approx(b[0][last - shift]).margin(1e-4));
}

TEST_CASE("the soft tier stays where it is through a structural change") {
    // Bursts 20 dB above a quiet tone, held far under the hard ceiling.
    Audio input = sine(2, 10 * 48000, 997.0, 0.05f);
    for (auto &channel : input)
        for (std::size_t i = 0; i < channel.size(); ++i)
            if (i % 12000 < 480)
                channel[i] *= 10.0f;
    const auto engine = one_bus(settings({{parameter_id("agc/on"), 0.0f},
                                          {parameter_id("compressor/on"), 0.0f},
                                          {parameter_id("limiter/max_plr"), 8.0f}}));
    change(*engine, {{kMode, 0.0f}}, 8 * 48000);
    const Audio output = run(*engine, input);
    const auto highest_db = [&](std::ptrdiff_t from, std::ptrdiff_t to) {
        return 20.0f *
               std::log10(*std::max_element(output[0].begin() + from, output[0].begin() + to));
    };
    const float before_db = highest_db(6 * 48000, 8 * 48000);
    CHECK(before_db < -9.0f);
    CHECK(highest_db(8 * 48000, 10 * 48000) < before_db + 0.2f);
}
