// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <bit>
#include <cmath>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr ParameterId kBypassAll = global_parameter_id("bypass");

std::size_t latency(const engine::Engine &engine) {
    return static_cast<std::size_t>(engine.latency_frames(0));
}

} // namespace

TEST_CASE("a bypassed bus is its input, bit for bit, as late as the chain is") {
    const float mode = GENERATE(0.0f, 1.0f, 2.0f);
    const bool global = GENERATE(false, true);
    CAPTURE(mode, global);
    Audio input = programme(2, 12000, 3, 20.0f);
    input[0][100] = std::bit_cast<float>(1000u); // subnormal
    input[0][101] = -0.0f;
    ParameterValues values = settings({{kMode, mode}, {kBypass, global ? 0.0f : 1.0f}});
    ParameterValues globals;
    globals[kBypassAll] = global ? 1.0f : 0.0f;
    engine::Engine engine({bus("stereo", values)}, globals, 48000.0);
    const Audio output = run(engine, input, at_random(1, 600));
    CHECK(same_bits_from(output, latency(engine), input));
}

TEST_CASE("a chain with nothing to do is its input, bit for bit, as late as it says") {
    const std::string layout = GENERATE("mono", "stereo", "5.1", "7.1");
    const double rate_hz = GENERATE(44100.0, 48000.0, 96000.0);
    CAPTURE(layout, rate_hz);
    const auto engine = one_bus(idle_chain(), rate_hz, layout);
    const Audio input = programme(engine->channel_count(), 12000, 4, 0.3f);
    const Audio output = run(*engine, input, at_random(2, 600));
    CHECK(same_bits_from(output, latency(*engine), input));
}

TEST_CASE("after the switch a bus is dry bit for bit, and processed again after the way back") {
    const Audio input = programme(2, 48000, 8);
    const Audio processed = run(*one_bus(), input);
    const auto engine = one_bus();
    change(*engine, {{kBypass, 1.0f}}, 10007);
    change(*engine, {{kBypass, 0.0f}}, 30011);
    const Audio output = run(*engine, input);
    const std::size_t late = latency(*engine);
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t i = 0; i < input[c].size(); ++i) {
            if (i < 10007 || i >= 30011 + 960)
                REQUIRE(output[c][i] == processed[c][i]);
            else if (i >= 10007 + 960 && i < 30011)
                REQUIRE(output[c][i] == input[c][i - late]);
        }
}

TEST_CASE("either bypass is enough, and both must be off for processing") {
    const Audio input = programme(2, 8000, 9);
    const auto engine = one_bus();
    const auto ends_dry = [&] {
        const Audio output = run(*engine, input);
        const std::size_t late = latency(*engine);
        return output[0][7999] == input[0][7999 - late] && output[1][7999] == input[1][7999 - late];
    };
    CHECK_FALSE(ends_dry());
    change_global(*engine, kBypassAll, 1.0f);
    CHECK(ends_dry());
    change(*engine, {{kBypass, 1.0f}});
    change_global(*engine, kBypassAll, 0.0f);
    CHECK(ends_dry());
    change(*engine, {{kBypass, 0.0f}});
    CHECK_FALSE(ends_dry());
}

TEST_CASE("bypass switches without a click, also back and forth in a hurry") {
    // A loud low tone, 12 dB over the ceiling: dry and processed differ by far.
    const Audio input = sine(2, 48000, 100.0, 4.0f);
    const auto engine = one_bus();
    const float bend_of_dry = largest_bend(input);
    run(*engine, input); // let AGC and limiter settle
    for (int i = 0; i < 8; ++i)
        change(*engine, {{kBypass, i % 2 == 0 ? 1.0f : 0.0f}},
               48000 + 10000 + static_cast<std::uint64_t>(i) * (i < 4 ? 5000u : 4700u));
    for (int i = 0; i < 20; ++i)
        change(*engine, {{kBypass, i % 2 == 0 ? 1.0f : 0.0f}},
               48000 + 1000 + static_cast<std::uint64_t>(i) * 111);
    const Audio output = run(*engine, input);
    // Only the fade itself bends the wave more than the louder of both signals.
    CHECK(largest_bend(output) < 1.1f * bend_of_dry);
}

TEST_CASE("switching bypass on while the limiter rests changes nothing at all") {
    const Audio input = programme(2, 24000, 10, 0.3f);
    const auto engine = one_bus(idle_chain());
    change(*engine, {{kBypass, 1.0f}}, 5000);
    change(*engine, {{kBypass, 0.0f}}, 15000);
    CHECK(same_bits_from(run(*engine, input), latency(*engine), input));
}

TEST_CASE("a bypassed bus whose latency changes moves to the new delay without a click") {
    const Audio input = sine(2, 48000, 100.0, 0.9f);
    const auto engine = one_bus(settings({{kBypass, 1.0f}, {kMode, 0.0f}}));
    const std::size_t before = latency(*engine);
    change(*engine, {{kMode, 2.0f}}, 20001);
    const Audio output = run(*engine, input);
    const std::size_t after = latency(*engine);
    CHECK(after > before);
    for (std::size_t i = before; i < 20001; ++i)
        REQUIRE(output[0][i] == input[0][i - before]);
    for (std::size_t i = 20001 + 32 + 512 + 2 * 960; i < 48000; ++i)
        REQUIRE(output[0][i] == input[0][i - after]);
    CHECK(largest_bend(output, before + 2) < 1.2f * largest_bend(input));
}

TEST_CASE("what bypass lets through is metered, but counts in no figure since the start") {
    const auto engine = one_bus();
    const Audio quiet = sine(2, 5 * 48000, 997.0, 0.1f);
    const Audio loud = sine(2, 5 * 48000, 997.0, 4.0f);
    const auto before = run_metered(*engine, quiet);
    change(*engine, {{kBypass, 1.0f}});
    auto meters = run_metered(*engine, loud);
    CHECK(reading(meters, "output/true_peak") > 11.0f);
    CHECK(reading(meters, "output/momentary") > 11.0f);
    CHECK(reading(meters, "output/max_true_peak") <= -1.0f);
    CHECK(reading(meters, "output/integrated") ==
          Approx(reading(before, "output/integrated")).margin(0.1));
    CHECK(reading(meters, "input/max_true_peak") > 11.0f);
    change(*engine, {{kBypass, 0.0f}});
    meters = run_metered(*engine, quiet);
    CHECK(reading(meters, "output/max_true_peak") <= -1.0f);
    CHECK(reading(meters, "output/integrated") < -10.0f);
    CHECK(reading(meters, "input/integrated") > 5.0f);
}
