// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr StageOrder kInsertFirst{4, 0, 1, 2, 3};

/// What stands between the send and the return: a gain and a delay.
struct Outside {
    int delay_frames = 300;
    float gain_lin = 1.0f;
    std::uint64_t connected_at = 0;
    std::uint64_t broken_at = UINT64_MAX;
};

struct Played {
    Audio output;
    Audio sent;
};

/// Runs the engine with its insert around the outside. No call may be longer than the delay.
Played run_around(engine::Engine &engine, const Audio &input, const Outside &outside,
                  const Cutting &cutting = every(256),
                  const std::function<void(std::uint64_t)> &before = {}) {
    const std::size_t total = input[0].size();
    Played out{Audio(2, std::vector<float>(total)), Audio(2, std::vector<float>(total))};
    for (std::size_t done = 0; done < total;) {
        const std::size_t frames = std::min<std::size_t>(
            {cutting(), total - done, static_cast<std::size_t>(std::max(outside.delay_frames, 1))});
        Audio back(2, std::vector<float>(frames));
        for (std::size_t c = 0; c < 2; ++c)
            for (std::size_t i = 0; i < frames; ++i) {
                const auto delay_frames = static_cast<std::size_t>(outside.delay_frames);
                if (done + i >= delay_frames && done + i - delay_frames >= outside.connected_at)
                    back[c][i] = outside.gain_lin * out.sent[c][done + i - delay_frames];
            }
        const float *const in[] = {input[0].data() + done, input[1].data() + done};
        float *const played[] = {out.output[0].data() + done, out.output[1].data() + done};
        float *const sent[] = {out.sent[0].data() + done, out.sent[1].data() + done};
        const float *const returned[] = {back[0].data(), back[1].data()};
        const bool complete = done >= outside.connected_at && done < outside.broken_at;
        const engine::BusPatch patch{.send = sent, .insert_return = complete ? returned : nullptr};
        if (before)
            before(done);
        engine.process(in, played, static_cast<std::uint32_t>(frames), {&patch, 1});
        done += frames;
    }
    return out;
}

std::unique_ptr<engine::Engine> with_delay(int delay_frames,
                                           const ParameterValues &values = idle_chain()) {
    auto engine = one_bus(values);
    engine->set_insert_delay(0, delay_frames);
    engine->prepare(48000.0); // from the first frame on
    return engine;
}

Audio scaled(Audio audio, float gain_lin) {
    for (auto &channel : audio)
        for (float &sample : channel)
            sample *= gain_lin;
    return audio;
}

Audio from(const Audio &audio, std::size_t frame) {
    Audio out;
    for (const auto &channel : audio)
        out.emplace_back(channel.begin() + static_cast<std::ptrdiff_t>(frame), channel.end());
    return out;
}

} // namespace

TEST_CASE("what comes back takes the signal's place, as late as the bus says") {
    constexpr int kDelay = 300;
    const int limiter = one_bus(idle_chain())->latency_frames(0);
    const auto engine = with_delay(kDelay);
    CHECK(engine->latency_frames(0) == kDelay + limiter);
    const Audio input = programme(2, 30000, 1, 0.3f);
    const Played result = run_around(*engine, input, {.gain_lin = 0.5f});
    // After twice the delay and two fades.
    const auto latency = static_cast<std::size_t>(engine->latency_frames(0));
    CHECK(same_bits_from(from(result.output, latency), 6000, from(scaled(input, 0.5f), 6000)));
    CHECK(same_bits(result.sent, input));
}

TEST_CASE("without a return the bus is the delayed input bit for bit, with or without the delay") {
    const Audio input = programme(2, 20000, 1, 0.3f);
    for (const int delay_frames : {0, 300}) {
        CAPTURE(delay_frames);
        const auto engine = with_delay(delay_frames);
        const auto latency = static_cast<std::size_t>(engine->latency_frames(0));
        const Played result = run_around(*engine, input, {.connected_at = UINT64_MAX});
        // The delay comes in by a cross-fade at the start.
        CHECK(same_bits_from(from(result.output, latency), 4000, from(input, 4000)));
        CHECK(same_bits(result.sent, input));
    }
    CHECK(same_bits(run(*one_bus(), input),
                    run_around(*one_bus(), input, {.connected_at = UINT64_MAX}).output));
}

TEST_CASE("a loop that no delay is known for yet is not heard") {
    const Audio input = programme(2, 20000, 1, 0.3f);
    CHECK(same_bits(run_around(*one_bus(), input, {.gain_lin = 0.1f}).output,
                    run(*one_bus(), input)));
}

TEST_CASE("the insert sits before the limiter, which holds the ceiling whatever comes back") {
    const auto engine = with_delay(300, ParameterValues{});
    const Audio input = programme(2, 96000, 3, 1.0f);
    const Played result = run_around(*engine, input, {.gain_lin = 50.0f});
    CHECK(true_peak_db(result.output) <= -0.95);
    CHECK(true_peak_db(result.output, 48000) > -1.5);
    CHECK(peak_lin(result.sent[0], 0, 96000) < 3.0f);
}

TEST_CASE("bypass passes by the insert with the same latency") {
    ParameterValues values = idle_chain();
    values[parameter_id("bypass")] = 1.0f;
    const auto engine = with_delay(300, values);
    const Audio input = programme(2, 20000, 1, 0.3f);
    const Played result = run_around(*engine, input, {.gain_lin = 0.1f});
    const auto latency = static_cast<std::size_t>(engine->latency_frames(0));
    CHECK(same_bits_from(from(result.output, latency), 4000, from(input, 4000)));
}

TEST_CASE("the insert is connected, switched and broken without a click, in step") {
    constexpr std::size_t kConnect = 30000;
    constexpr std::size_t kOff = 60000;
    constexpr std::size_t kOn = 80000;
    constexpr std::size_t kBreak = 110 * 1024;
    const Audio input = sine(2, 150000, 200.0, 0.2f);
    const float gain_lin = GENERATE(1.0f, 0.5f, 1.9f);
    CAPTURE(gain_lin);
    const auto engine = with_delay(1024);
    change(*engine, {{parameter_id("insert/on"), 0.0f}}, kOff);
    change(*engine, {{parameter_id("insert/on"), 1.0f}}, kOn);
    const Played result = run_around(
        *engine, input,
        {.delay_frames = 1024, .gain_lin = gain_lin, .connected_at = kConnect, .broken_at = kBreak},
        every(1024));
    const Audio &output = result.output;
    CHECK(peak_lin(output[0], kOff - 4800, kOff) == Approx(0.2f * gain_lin).epsilon(1e-3));
    CHECK(peak_lin(output[0], kOn - 4800, kOn) == Approx(0.2f).epsilon(1e-3));
    CHECK(peak_lin(output[0], kBreak - 4800, kBreak) == Approx(0.2f * gain_lin).epsilon(1e-3));
    CHECK(peak_lin(output[0], 145000, 150000) == Approx(0.2f).epsilon(1e-3));
    // In step: no cancellation while one stands for the other.
    for (std::size_t i = 10000; i + 240 < output[0].size(); i += 240) {
        CAPTURE(i);
        REQUIRE(peak_lin(output[0], i, i + 240) > 0.98f * 0.2f * std::min(1.0f, gain_lin));
    }
    const float slow = largest_bend(input) * std::max(1.0f, gain_lin);
    CHECK(largest_bend(output, 10000, kBreak) < 1.02f * slow);
    // A break without notice: the value does not jump, only the slope, which is the wave's own.
    const float steepest = 0.2f * std::fabs(gain_lin - 1.0f) * 2.0f * 3.14159f * 200.0f / 48000.0f;
    CHECK(largest_bend(output, kBreak) < 1.05f * (slow + steepest));
    if (gain_lin == 1.0f)
        CHECK(largest_bend(output, kBreak) < 1.02f * slow);
}

TEST_CASE("the insert moves among the stages, and its delay changes, without a click") {
    const Audio input = sine(2, 140000, 200.0, 0.2f);
    const auto engine = with_delay(512);
    engine->set_order(0, kInsertFirst, 40001);
    change(*engine, {{parameter_id("limiter/mode"), 2.0f}}, 70001);
    const Played moved = run_around(*engine, input, {.delay_frames = 512, .gain_lin = 0.5f});
    CHECK(peak_lin(moved.output[0], 130000, 140000) == Approx(0.1f).epsilon(1e-3));
    CHECK(largest_bend(moved.output, 10000) < 1.05f * largest_bend(input));
    CHECK(largest_bend(moved.sent) < 1.02f * largest_bend(input));

    // The way outside grows: what comes back is heard on, and the dry signal follows.
    const auto longer = with_delay(512);
    longer->set_insert_delay(0, 700, 40001);
    longer->set_insert_delay(0, 0, 90001);
    const Played grown =
        run_around(*longer, input, {.delay_frames = 512, .gain_lin = 1.0f, .broken_at = 80000});
    CHECK(largest_bend(grown.output, 10000, 79000) < 1.02f * largest_bend(input));
    // It breaks out of step with the dry signal: the slope may jump, as far as the waves have one.
    const float steepest = 0.2f * 2.0f * 3.14159f * 200.0f / 48000.0f;
    CHECK(largest_bend(grown.output, 79000, 89000) < 2.05f * steepest);
    CHECK(largest_bend(grown.output, 89000) < 1.3f * largest_bend(input));
    CHECK(longer->latency_frames(0) == one_bus(idle_chain())->latency_frames(0));
}

TEST_CASE("an insert works the same however the stream is cut") {
    const Audio input = programme(2, 60000, 5, 0.5f);
    const auto play = [&](const Cutting &cutting) {
        const auto engine = with_delay(300, ParameterValues{});
        engine->set_order(0, kInsertFirst, 19999);
        change(*engine, {{parameter_id("insert/on"), 0.0f}}, 30010);
        change(*engine, {{parameter_id("insert/on"), 1.0f}}, 33010);
        return run_around(*engine, input, {.gain_lin = 0.7f}, cutting);
    };
    const Played expected = play(every(256));
    const Played small = play(every(1));
    const Played random = play(at_random(2, 300));
    CHECK(same_bits(small.output, expected.output));
    CHECK(same_bits(small.sent, expected.sent));
    CHECK(same_bits(random.output, expected.output));
    CHECK(same_bits(random.sent, expected.sent));
}

TEST_CASE("send and return may be one buffer") {
    const Audio input = programme(2, 20000, 1, 0.3f);
    const auto engine = with_delay(256);
    Audio output(2, std::vector<float>(input[0].size()));
    Audio wire(2, std::vector<float>(256));
    float *const loop[] = {wire[0].data(), wire[1].data()};
    const engine::BusPatch patch{.send = loop, .insert_return = loop};
    for (std::size_t done = 0; done + 256 <= input[0].size(); done += 256) {
        const float *const in[] = {input[0].data() + done, input[1].data() + done};
        float *const out[] = {output[0].data() + done, output[1].data() + done};
        engine->process(in, out, 256, {&patch, 1});
    }
    const auto latency = static_cast<std::size_t>(engine->latency_frames(0));
    CHECK(same_bits_from(from(output, latency), 6000,
                         {{input[0].begin() + 6000, input[0].begin() + 15000},
                          {input[1].begin() + 6000, input[1].begin() + 15000}}));
}

TEST_CASE("nonsense that comes back is no harm") {
    const Audio input = programme(2, 48000, 1, 0.3f);
    const auto engine = with_delay(300, ParameterValues{});
    const Played result = run_around(*engine, input, {.gain_lin = INFINITY});
    for (const float sample : result.output[0])
        REQUIRE(std::fabs(sample) <= 1.0f);
}

TEST_CASE("an insert cannot have any delay") {
    const auto engine = one_bus();
    CHECK_THROWS_AS(engine->set_insert_delay(0, -1), std::invalid_argument);
    CHECK_THROWS_AS(engine->set_insert_delay(0, engine::kMaximumInsertDelay_frames + 1),
                    std::invalid_argument);
    engine->set_insert_delay(0, engine::kMaximumInsertDelay_frames);
}

TEST_CASE("the insert tells how much louder it makes the programme, and nothing without a return") {
    for (const bool is_connected : {true, false}) {
        CAPTURE(is_connected);
        const auto engine = with_delay(300);
        engine::MeterFrame meters;
        run_around(*engine, programme(2, 5 * 48000, 1, 0.3f),
                   {.gain_lin = 0.5f, .connected_at = is_connected ? 0u : UINT64_MAX}, every(256),
                   [&](std::uint64_t) { meters = newest_meters(*engine, meters); });
        CHECK(reading(meters, "insert/loudness_change") ==
              Approx(is_connected ? -6.02 : 0.0).margin(0.05));
    }
}
