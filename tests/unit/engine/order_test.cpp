// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr StageOrder kCompressorFirst{3, 0, 1, 2, 4};
constexpr StageOrder kReverse{4, 3, 2, 1, 0};

std::unique_ptr<engine::Engine> ordered(const ParameterValues &values, const StageOrder &order) {
    engine::BusSetup setup = bus("stereo", values);
    setup.order = order;
    return std::make_unique<engine::Engine>(std::vector{setup}, ParameterValues{}, 48000.0);
}

/// Equaliser, AGC and compressor at work, the limiter out of the way of a quiet signal.
ParameterValues busy_chain() {
    return settings({{parameter_id("equaliser/on"), 1.0f},
                     {parameter_id("equaliser/bell_1/on"), 1.0f},
                     {parameter_id("equaliser/bell_1/frequency"), 200.0f},
                     {parameter_id("equaliser/bell_1/gain"), 9.0f},
                     {parameter_id("compressor/threshold"), -40.0f},
                     {parameter_id("compressor/ratio"), 4.0f},
                     {parameter_id("limiter/soft"), 0.0f},
                     {parameter_id("limiter/ceiling"), 0.0f}});
}

} // namespace

TEST_CASE("the order of the stages decides what is heard") {
    const Audio input = sine(2, 96000, 200.0, 0.1f);
    ParameterValues values = busy_chain();
    values[parameter_id("agc/on")] = 0.0f;
    const Audio equalised_first = run(*ordered(values, kDefaultStageOrder), input);
    const Audio compressed_first = run(*ordered(values, kCompressorFirst), input);
    // Behind the equaliser the compressor hears 9 dB more and takes three quarters of them away.
    const float ratio_db = 20.0f * std::log10(peak_lin(compressed_first[0], 90000, 96000) /
                                              peak_lin(equalised_first[0], 90000, 96000));
    CHECK(ratio_db == Approx(6.75).margin(0.2));
}

TEST_CASE("stages that are off leave every bit alone, also while they move") {
    const Audio input = programme(2, 30000, 3, 0.2f);
    const auto moved = one_bus(idle_chain());
    moved->set_order(0, kReverse, 5001);
    CHECK(same_bits(run(*moved, input), run(*one_bus(idle_chain()), input)));
}

TEST_CASE("stages move without a click, with their gain, into what the new order sounds like") {
    constexpr std::size_t kMove = 4 * 48000 + 17;
    const Audio input = sine(2, 10 * 48000, 200.0, 0.1f);
    const StageOrder order = GENERATE(kCompressorFirst, kReverse);
    // So slow that a compressor without reduction to begin with would be heard.
    ParameterValues values = busy_chain();
    values[parameter_id("compressor/attack")] = 300.0f;
    const auto moved = ordered(values, kDefaultStageOrder);
    moved->set_order(0, order, kMove);
    const Audio output = run(*moved, input);
    const Audio target = run(*ordered(values, order), input);
    const std::size_t end = output[0].size();
    const float before = peak_lin(output[0], kMove - 4800, kMove);
    const float after = peak_lin(output[0], end - 4800, end);
    CHECK(after == Approx(peak_lin(target[0], end - 4800, end)).epsilon(0.01));
    CHECK(after > 1.5f * before);

    // A click bends the wave more than the louder of the two waves bends itself.
    const auto bend =
        std::max(largest_bend(output, kMove - 4800, kMove), largest_bend(output, end - 4800, end));
    CHECK(largest_bend(output, kMove, end) < 1.02f * bend);
    // Neither a hole nor a bump: the compressor does not start from no reduction.
    for (std::size_t i = kMove; i + 240 < end; i += 240) {
        CAPTURE(i);
        REQUIRE(peak_lin(output[0], i, i + 240) > 0.98f * before);
        REQUIRE(peak_lin(output[0], i, i + 240) < 1.02f * after);
    }
}

TEST_CASE("the AGC keeps its gain when it moves") {
    const Audio input = sine(2, 8 * 48000, 997.0, 0.06f);
    // What the compressor takes depends on what it hears.
    const ParameterValues values = settings({{parameter_id("compressor/on"), 0.0f}});
    const auto moved = one_bus(values);
    moved->set_order(0, kReverse, 7 * 48000);
    const float gain_db = reading(run_metered(*moved, input), "agc/gain");
    CHECK(gain_db > 3.0f);
    CHECK(gain_db == reading(run_metered(*one_bus(values), input), "agc/gain"));
}

TEST_CASE("moving stages is the same however the stream is cut") {
    const Audio input = programme(2, 40000, 5, 0.5f);
    const auto play = [&](const Cutting &cutting) {
        const auto engine = ordered(busy_chain(), kDefaultStageOrder);
        engine->set_order(0, kReverse, 9999);
        change(*engine, {{parameter_id("limiter/mode"), 2.0f}}, 10500);
        return run(*engine, input, cutting);
    };
    const Audio expected = play(every(256));
    CHECK(same_bits(play(every(1)), expected));
    CHECK(same_bits(play(at_random(2, 900)), expected));
}

TEST_CASE("the ceiling holds while the stages of a signal far above it move") {
    const Audio input = programme(2, 96000, 20, 8.0f);
    const ParameterValues values = settings({{parameter_id("agc/on"), 0.0f},
                                             {parameter_id("equaliser/on"), 1.0f},
                                             {parameter_id("equaliser/bell_1/on"), 1.0f},
                                             {parameter_id("equaliser/bell_1/gain"), 12.0f}});
    const double without_db = std::max(true_peak_db(run(*ordered(values, kReverse), input)),
                                       true_peak_db(run(*one_bus(values), input)));
    const auto engine = one_bus(values);
    for (std::uint64_t i = 0; i < 30; ++i)
        engine->set_order(0, i % 2 == 0 ? kReverse : kDefaultStageOrder, 1000 + i * 3001);
    const Audio output =
        run(*engine, input, every(256), [&](std::uint64_t) { engine->collect_garbage(); });
    CHECK(true_peak_db(output) <= without_db + 0.05);
    CHECK(true_peak_db(output) > -1.5);
}

TEST_CASE("of orders and modes in quick succession the last ones hold") {
    const Audio input = sine(2, 6 * 48000, 200.0, 0.1f);
    const auto engine = one_bus(busy_chain());
    const auto first = static_cast<std::uint64_t>(4800);
    change(*engine, {{parameter_id("limiter/mode"), 0.0f}}, first);
    engine->set_order(0, kReverse, first + 100);
    change(*engine, {{parameter_id("limiter/mode"), 2.0f}}, first + 200);
    engine->set_order(0, kDefaultStageOrder, first + 300);
    engine->set_order(0, kCompressorFirst, first + 400);
    ParameterValues values = busy_chain();
    values[parameter_id("limiter/mode")] = 2.0f;
    const auto expected = ordered(values, kCompressorFirst);
    const Audio a = run(*engine, input);
    CHECK(engine->latency_frames(0) == expected->latency_frames(0));
    const Audio b = run(*expected, input);
    for (std::size_t i = a[0].size() - 4800; i < a[0].size(); ++i)
        REQUIRE(a[0][i] == Approx(b[0][i]).margin(2e-3));
}

TEST_CASE("an order that is taken back before its turn leaves no trace") {
    const Audio input = programme(2, 48000, 7, 0.3f);
    const auto engine = one_bus(busy_chain());
    engine->set_order(0, kReverse, 9990);
    engine->set_order(0, kDefaultStageOrder, 9991);
    CHECK(same_bits(run(*engine, input), run(*one_bus(busy_chain()), input)));
}

TEST_CASE("orders outlive another sample rate") {
    const auto engine = one_bus(busy_chain());
    engine->set_order(0, kCompressorFirst);
    engine->prepare(44100.0);
    engine::BusSetup setup = bus("stereo", busy_chain());
    setup.order = kCompressorFirst;
    engine::Engine fresh({setup}, {}, 44100.0);
    const Audio input = programme(2, 20000, 8, 0.3f);
    CHECK(same_bits(run(*engine, input), run(fresh, input)));
}
