// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>

using namespace headroom;
using namespace headroom::test;

TEST_CASE("meters come 50 times a second") {
    const double rate_hz = GENERATE(44100.0, 48000.0, 96000.0);
    CAPTURE(rate_hz);
    const auto engine = one_bus({}, rate_hz);
    int count = 0;
    run(*engine, sine(2, static_cast<int>(rate_hz), 997.0, 0.1f), every(512), [&](std::uint64_t) {
        engine::MeterFrame meters;
        while (engine->next_meters(meters)) {
            CHECK(meters.frame % 32 == 0);
            ++count;
        }
    });
    CHECK(count >= 47);
    CHECK(count <= 51);
}

TEST_CASE("meters say what was played") {
    // BS.1770: a sine of 997 Hz in both channels at -20 dBFS is -20 LUFS.
    const auto engine = one_bus(settings({{parameter_id("agc/on"), 0.0f},
                                          {parameter_id("compressor/threshold"), -30.0f},
                                          {parameter_id("compressor/ratio"), 4.0f},
                                          {parameter_id("compressor/knee"), 0.0f}}));
    const auto meters = run_metered(*engine, sine(2, 4 * 48000, 997.0, 0.1f));
    for (const char *path : {"input/momentary", "input/short_term", "input/integrated"}) {
        CAPTURE(path);
        CHECK(reading(meters, path) == Approx(-20.0).margin(0.1));
    }
    CHECK(reading(meters, "input/true_peak") == Approx(-20.0).margin(0.1));
    CHECK(reading(meters, "agc/gain") == 0.0f);
    const float reduction = reading(meters, "compressor/gain_reduction");
    CHECK(reduction < -3.0f);
    CHECK(reading(meters, "output/momentary") ==
          Approx(-20.0 + static_cast<double>(reduction)).margin(0.3));
    CHECK(reading(meters, "limiter/gain_reduction") == 0.0f);
}

TEST_CASE("loudness range is metered on both sides of the chain, and starts anew") {
    const auto engine = one_bus(settings({{parameter_id("compressor/on"), 0.0f},
                                          {parameter_id("agc/max_boost"), 0.0f},
                                          {parameter_id("agc/max_cut"), 0.0f}}));
    run_metered(*engine, sine(2, 20 * 48000, 997.0, 0.01f));
    const auto meters = run_metered(*engine, sine(2, 20 * 48000, 997.0, 0.0316228f));
    for (const char *path : {"input/loudness_range", "output/loudness_range"}) {
        CAPTURE(path);
        CHECK(reading(meters, path) == Approx(10.0).margin(1.0));
    }
    engine->reset_meters(0);
    CHECK(reading(run_metered(*engine, sine(2, 48000, 997.0, 0.01f)), "input/loudness_range") ==
          0.0f);
}

TEST_CASE("meters that nobody reads are merged: a peak is never lost") {
    const auto engine = one_bus();
    Audio input(2, std::vector<float>(4 * 48000));
    input[0][150000] = 6.0f;
    run(*engine, input); // nobody reads for four seconds
    engine::MeterFrame meters;
    float peak = -200.0f;
    float reduction = 0.0f;
    std::uint64_t last = 0;
    const auto read = [&] {
        while (engine->next_meters(meters)) {
            peak = std::max(peak, reading(meters, "input/true_peak"));
            reduction = std::min(reduction, reading(meters, "limiter/gain_reduction"));
            CHECK(meters.frame > last);
            last = meters.frame;
        }
    };
    read();
    run(*engine, Audio(2, std::vector<float>(2000)));
    read();
    CHECK(peak > 15.0f);
    CHECK(reduction < -10.0f);
    // The interval that was merged is over.
    run(*engine, Audio(2, std::vector<float>(2000)));
    const auto after = newest_meters(*engine);
    CHECK(reading(after, "input/true_peak") == -120.0f);
    CHECK(reading(after, "input/max_true_peak") > 15.0f);
    CHECK(reading(after, "limiter/hard_frames") > 0.0f);
}

TEST_CASE("a reset starts integrated loudness, maxima and counts anew") {
    const auto engine = one_bus();
    run_metered(*engine, sine(2, 96000, 997.0, 4.0f));
    auto meters = run_metered(*engine, sine(2, 4800, 997.0, 0.01f));
    CHECK(reading(meters, "input/max_true_peak") > 10.0f);
    CHECK(reading(meters, "input/integrated") > 0.0f);
    CHECK(reading(meters, "limiter/hard_frames") > 100.0f);

    engine->reset_meters(0);
    meters = run_metered(*engine, sine(2, 52800, 997.0, 0.01f));
    CHECK(reading(meters, "input/max_true_peak") < -30.0f);
    CHECK(reading(meters, "output/max_true_peak") < 0.0f);
    CHECK(reading(meters, "limiter/hard_frames") == 0.0f);
}

TEST_CASE("silence reads as the registry says") {
    const auto engine = one_bus();
    const auto meters = run_metered(*engine, Audio(2, std::vector<float>(4800)));
    for (const char *path : {"input/momentary", "input/true_peak", "output/max_true_peak"}) {
        CAPTURE(path);
        CHECK(reading(meters, path) == meter(find_meter(path).value()).floor);
    }
}

TEST_CASE("every callback is counted and timed") {
    const auto engine = one_bus();
    CHECK(engine->timing().callbacks == 0);
    run(*engine, sine(2, 25600, 997.0, 0.5f), every(256));
    auto timing = engine->timing();
    CHECK(timing.callbacks == 100);
    CHECK(timing.mean_us > 0.0);
    CHECK(timing.max_us >= timing.mean_us);
    engine->reset_timing();
    timing = engine->timing();
    CHECK(timing.callbacks == 0);
    CHECK(timing.max_us == 0.0);
}

TEST_CASE("a callback that takes more than half its period is a spike, with its frame") {
    // 512 channels one frame at a time: half a period is 1.3 us, far less than they take.
    engine::Engine engine(std::vector(64, bus("7.1", {})), {}, 384000.0);
    std::vector<float> sample(1);
    const std::vector<const float *> in(512, sample.data());
    const std::vector<float *> out(512, sample.data());
    for (int i = 0; i < 10; ++i)
        engine.process(in.data(), out.data(), 1);
    const auto timing = engine.timing();
    CHECK(timing.spikes == 10);
    CHECK(timing.spike_frame == 9);
}
