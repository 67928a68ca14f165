// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include "jack_client/engine/stage.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

using namespace headroom;
using namespace headroom::test;

TEST_CASE("every bus parameter belongs to a registered stage, and the limiter is last") {
    const auto types = engine::stage_types();
    for (const Parameter &p : parameters()) {
        if (p.scope != Scope::bus || p.path.starts_with("bypass") || p.path == "listen")
            continue;
        const auto stage = p.path.substr(0, p.path.find('/'));
        CAPTURE(p.path);
        CHECK(std::any_of(types.begin(), types.end(),
                          [&](const engine::StageType &type) { return type.name == stage; }));
    }
    CHECK(types.back().name == "limiter");
}

TEST_CASE("a stage switched off is bit-transparent, and switching makes no click") {
    const ParameterId on = GENERATE(parameter_id("agc/on"), parameter_id("compressor/on"));
    CAPTURE(parameter(on).path);
    const Audio input = sine(2, 8 * 48000, 100.0, 0.35f);
    ParameterValues values = idle_chain();
    values[on] = 1.0f;
    values[parameter_id("compressor/threshold")] = -40.0f;
    values[parameter_id("compressor/ratio")] = 8.0f;
    values[parameter_id("agc/target")] = -30.0f;
    const auto engine = one_bus(values);
    const auto late = static_cast<std::size_t>(engine->latency_frames(0));
    change(*engine, {{on, 0.0f}}, 5 * 48000 + 17);
    change(*engine, {{on, 1.0f}}, 6 * 48000 + 17);
    for (int i = 0; i < 20; ++i)
        change(*engine, {{on, i % 2 == 0 ? 0.0f : 1.0f}},
               7 * 48000 + static_cast<std::uint64_t>(i) * 333);
    const Audio output = run(*engine, input);

    const std::size_t settled = 5 * 48000;
    CHECK(std::fabs(output[0][settled - 120 + late]) < 0.9f); // it did something
    for (std::size_t i = settled + 17 + 32 + 960 + late; i < 6 * 48000 + 17; ++i)
        REQUIRE(output[0][i] == input[0][i - late]);
    CHECK(largest_bend(output, settled) < 1.1f * largest_bend(input));
    CHECK(largest_bend(output, settled, settled + 2000) > 0.0f);
}

TEST_CASE("a stage that was off starts afresh") {
    const Audio input = sine(2, 6 * 48000, 997.0, 0.06f);
    const auto engine = one_bus();
    CHECK(reading(run_metered(*engine, input), "agc/gain") > 3.0f);
    const Audio more = sine(2, 16000, 997.0, 0.06f);
    change(*engine, {{parameter_id("agc/on"), 0.0f}});
    CHECK(reading(run_metered(*engine, more), "agc/gain") == 0.0f);
    change(*engine, {{parameter_id("agc/on"), 1.0f}});
    const float gain_db = reading(run_metered(*engine, more), "agc/gain");
    CHECK(gain_db > 0.0f);
    CHECK(gain_db < 2.0f);
}

namespace {

/// Power of the signal outside 50 Hz around the tone over that of the whole, in dB.
double rest_db(const std::vector<float> &signal, std::size_t from, std::size_t size,
               double tone_hz) {
    double rest = 0.0;
    double whole = 0.0;
    const auto window = [&](std::size_t i) { // Blackman-Harris, -92 dB
        const double x =
            2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size);
        return 0.35875 - 0.48829 * std::cos(x) + 0.14128 * std::cos(2 * x) -
               0.01168 * std::cos(3 * x);
    };
    std::vector<double> windowed(size);
    for (std::size_t i = 0; i < size; ++i)
        windowed[i] = window(i) * static_cast<double>(signal[from + i]);
    for (std::size_t bin = 1; bin < size / 2; bin += 1) {
        // Goertzel
        const double w =
            2.0 * std::numbers::pi * static_cast<double>(bin) / static_cast<double>(size);
        const double c = 2.0 * std::cos(w);
        double s1 = 0.0;
        double s2 = 0.0;
        for (const double x : windowed) {
            const double s = x + c * s1 - s2;
            s2 = s1;
            s1 = s;
        }
        const double power = s1 * s1 + s2 * s2 - c * s1 * s2;
        whole += power;
        if (std::fabs(static_cast<double>(bin) * 48000.0 / static_cast<double>(size) - tone_hz) >
            400.0)
            rest += power;
    }
    return 10.0 * std::log10(rest / whole);
}

} // namespace

TEST_CASE("a full-range jump of any smoothed parameter leaves no zipper noise") {
    constexpr std::size_t kWindow = 4096;
    constexpr double kTone_hz = 3000.0;
    for (std::uint16_t i = 0; i < kParameterCount; ++i) {
        const ParameterId id{i};
        const Parameter &about = parameter(id);
        if (about.smoothing_ms <= 0.0f)
            continue;
        CAPTURE(about.path);
        ParameterValues values = idle_chain();
        values[parameter_id("compressor/on")] = 1.0f;
        values[parameter_id("compressor/threshold")] = -30.0f;
        values[parameter_id("compressor/makeup")] = -12.0f;
        values[parameter_id("compressor/ratio")] = 4.0f;
        values[parameter_id("compressor/mix")] = 100.0f;
        values[id] = about.minimum;
        const auto engine = one_bus(values);
        change(*engine, {{id, about.maximum}}, 24000);
        const Audio input = sine(2, 40000, kTone_hz, 0.05f);
        const Audio output = run(*engine, input);
        CHECK(rest_db(output[0], 24000 - 1024, kWindow, kTone_hz) < -60.0);
    }
}

TEST_CASE("a fader's sweep over the full range of any parameter leaves no zipper noise") {
    constexpr std::size_t kWindow = 2048;
    constexpr std::uint64_t kStep_frames = 960; // 50 messages a second
    constexpr int kSteps = 50;
    constexpr double kTone_hz = 3000.0;
    const Audio input = sine(2, 24000 + kSteps * kStep_frames, kTone_hz, 0.3f);
    for (std::uint16_t i = 0; i < kParameterCount; ++i) {
        const ParameterId id{i};
        const Parameter &about = parameter(id);
        if (about.scope != Scope::bus || about.structural || about.scale == Scale::boolean ||
            about.scale == Scale::choice)
            continue;
        CAPTURE(about.path);
        ParameterValues values;
        for (std::uint16_t other = 0; other < kParameterCount; ++other) {
            const Parameter &p = parameter(ParameterId{other});
            if (p.path.ends_with("/on"))
                values[ParameterId{other}] = 1.0f;
            if (p.path.starts_with("equaliser/") && p.path.ends_with("/gain"))
                values[ParameterId{other}] = 6.0f;
        }
        values[id] = about.minimum;
        const auto engine = one_bus(values);
        for (int step = 1; step <= kSteps; ++step)
            change(*engine, {{id, from_normalised(about, static_cast<float>(step) / kSteps)}},
                   24000 + static_cast<std::uint64_t>(step) * kStep_frames);
        const Audio output = run(*engine, input);
        for (const std::size_t step : {2, 16, 30, 44})
            CHECK(rest_db(output[0], 24000 + step * kStep_frames, kWindow, kTone_hz) < -75.0);
    }
}
