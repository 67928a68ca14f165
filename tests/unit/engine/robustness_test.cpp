// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace headroom;
using namespace headroom::test;

namespace {

/// Everything that a broken or malicious source might send.
Audio hostile(int channels, int frames, unsigned seed) {
    constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    Audio audio = programme(channels, frames, seed, 10.0f);
    std::mt19937 random(seed);
    for (auto &channel : audio)
        for (std::size_t i = 0; i + 64 < channel.size(); i += 1 + random() % 400) {
            const std::size_t length = 1 + random() % 64;
            for (std::size_t k = i; k < i + length; ++k)
                switch (random() % 8) {
                case 0:
                    channel[k] = kNothing;
                    break;
                case 1:
                    channel[k] = k % 2 == 0 ? kInfinity : -kInfinity;
                    break;
                case 2:
                    channel[k] = 1e30f;
                    break;
                case 3:
                    channel[k] = -std::numeric_limits<float>::max();
                    break;
                case 4:
                    channel[k] = std::numeric_limits<float>::denorm_min();
                    break;
                case 5:
                    channel[k] = k % 2 == 0 ? 900.0f : -900.0f; // Nyquist
                    break;
                default:
                    break;
                }
        }
    return audio;
}

double sample_peak(const Audio &audio) {
    double peak = 0.0;
    for (const auto &channel : audio)
        for (const float sample : channel) {
            if (!std::isfinite(sample))
                return std::numeric_limits<double>::infinity();
            peak = std::max(peak, static_cast<double>(std::fabs(sample)));
        }
    return peak;
}

} // namespace

TEST_CASE("the ceiling holds for hostile input through the whole default chain") {
    const std::string layout = GENERATE("mono", "stereo", "5.1", "7.1");
    const double rate_hz = GENERATE(44100.0, 48000.0, 192000.0);
    CAPTURE(layout, rate_hz);
    const auto engine = one_bus({}, rate_hz, layout);
    const Audio output =
        run(*engine, hostile(engine->channel_count(), 24000, 11), at_random(4, 800));
    CHECK(20.0 * std::log10(sample_peak(output)) <= -1.0);
}

TEST_CASE("a bus recovers from one mad sample within a second") {
    const float mad = GENERATE(1e30f, std::numeric_limits<float>::infinity(),
                               std::numeric_limits<float>::quiet_NaN());
    const auto engine = one_bus(settings({{parameter_id("agc/on"), 0.0f}}));
    Audio input = sine(2, 96000, 997.0, 0.05f);
    const Audio expected = run(*one_bus(settings({{parameter_id("agc/on"), 0.0f}})), input);
    input[0][20000] = mad;
    const Audio output = run(*engine, input);
    CHECK(std::isfinite(sample_peak(output)));
    for (std::size_t i = 80000; i < 96000; ++i)
        REQUIRE(output[0][i] == Approx(expected[0][i]).margin(0.002));
}

TEST_CASE("inputs and outputs may be the same memory in any combination") {
    std::vector<engine::BusSetup> setups{bus("stereo", {}), bus("mono", {}), bus("5.1", {})};
    const int channels = 9;
    const Audio input = programme(channels, 9000, 12);
    engine::Engine apart(setups, {}, 48000.0);
    const Audio expected = run(apart, input, every(3000));

    std::vector<std::size_t> place(channels); // output c is written over input place[c]
    std::iota(place.begin(), place.end(), 0u);
    std::mt19937 random(13);
    for (int round = 0; round < 6; ++round) {
        CAPTURE(round);
        engine::Engine engine(setups, {}, 48000.0);
        Audio memory = input;
        for (std::size_t done = 0; done < 9000; done += 3000) {
            std::vector<const float *> in(channels);
            std::vector<float *> out(channels);
            for (std::size_t c = 0; c < in.size(); ++c) {
                in[c] = memory[c].data() + done;
                out[c] = memory[place[c]].data() + done;
            }
            engine.process(in.data(), out.data(), 3000);
        }
        for (std::size_t c = 0; c < place.size(); ++c)
            CHECK(memory[place[c]] == expected[c]);
        std::shuffle(place.begin(), place.end(), random);
    }
}

TEST_CASE("a call without frames does nothing") {
    const auto engine = one_bus();
    float sample = 1.0f;
    const float *in[] = {&sample, &sample};
    float *out[] = {&sample, &sample};
    engine->process(in, out, 0);
    CHECK(sample == 1.0f);
    CHECK(engine->frames_processed() == 0);
}

TEST_CASE("64 buses of every layout run side by side") {
    std::vector<engine::BusSetup> setups;
    int channels = 0;
    for (int i = 0; i < 64; ++i) {
        const char *layouts[] = {"mono", "stereo", "5.1", "7.1"};
        setups.push_back(bus(layouts[i % 4], {}));
        channels += static_cast<int>(setups.back().channels.size());
    }
    engine::Engine engine(setups, {}, 48000.0);
    CHECK(engine.bus_count() == 64);
    REQUIRE(engine.channel_count() == channels);
    for (std::int16_t i = 0; i < 64; ++i)
        change(engine,
               {{parameter_id("limiter/ceiling"), -3.0f},
                {parameter_id("limiter/mode"), static_cast<float>(i % 3)}},
               500, i);
    const Audio output = run(engine, programme(channels, 8000, 14, 4.0f), every(1000));
    const Audio tail = [&] {
        Audio part;
        for (const auto &channel : output)
            part.emplace_back(channel.begin() + 4000, channel.end());
        return part;
    }();
    CHECK(20.0 * std::log10(sample_peak(tail)) <= -3.0);
    std::vector<int> seen(64);
    engine::MeterFrame meters;
    while (engine.next_meters(meters))
        ++seen[meters.bus];
    CHECK(*std::min_element(seen.begin(), seen.end()) >= 7);
}

TEST_CASE("an engine without buses, with too many, or with an empty one is refused") {
    CHECK_THROWS(engine::Engine({}, {}, 48000.0));
    CHECK_THROWS(engine::Engine(std::vector(65, bus("mono", {})), {}, 48000.0));
    CHECK_THROWS(engine::Engine({{"empty", {}, {}}}, {}, 48000.0));
}
