// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/channels.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr ParameterId kMatched = parameter_id("bypass/matched");
constexpr ParameterId kListen = parameter_id("listen");
constexpr float kDifference = 1.0f;

double loudness_lufs(const Audio &audio, std::size_t from, double rate_hz = 48000.0) {
    dsp::LoudnessMeter meter(rate_hz, std::vector<float>(audio.size(), 1.0f));
    std::vector<std::vector<float>> part;
    std::vector<float *> channels;
    for (const auto &channel : audio)
        part.emplace_back(channel.begin() + static_cast<std::ptrdiff_t>(from), channel.end());
    for (auto &channel : part)
        channels.push_back(channel.data());
    meter.process(
        {channels.data(), static_cast<int>(channels.size()), static_cast<int>(part[0].size())});
    return static_cast<double>(meter.integrated_lufs());
}

Audio played(const ParameterValues &values, const Audio &input, double rate_hz = 48000.0) {
    return run(*one_bus(values, rate_hz), input);
}

/// What is taken away from the input: it minus the processed signal, which is as late as the chain.
Audio taken_away(const Audio &input, const Audio &processed, std::size_t late) {
    Audio out = processed;
    for (std::size_t c = 0; c < out.size(); ++c)
        for (std::size_t i = 0; i < out[c].size(); ++i)
            out[c][i] = (i < late ? 0.0f : input[c][i - late]) - processed[c][i];
    return out;
}

} // namespace

TEST_CASE("a matched bypass is as loud as the processed signal, and holds the ceiling") {
    // Far too loud, and quiet enough for the AGC to raise it.
    const auto [rate_hz, peak_lin, mode] =
        GENERATE(std::tuple{44100.0, 4.0f, 0.0f}, std::tuple{48000.0, 0.08f, 1.0f},
                 std::tuple{96000.0, 4.0f, 2.0f});
    CAPTURE(rate_hz, peak_lin, mode);
    const auto frames = static_cast<int>(20.0 * rate_hz);
    const Audio input = programme(2, frames, 5, peak_lin);
    const Audio processed = played(settings({{kMode, mode}}), input, rate_hz);
    const Audio matched =
        played(settings({{kMode, mode}, {kBypass, 1.0f}, {kMatched, 1.0f}}), input, rate_hz);
    const auto from = static_cast<std::size_t>(10.0 * rate_hz); // the AGC has arrived
    CHECK(loudness_lufs(matched, from, rate_hz) ==
          Approx(loudness_lufs(processed, from, rate_hz)).margin(0.5));
    CHECK(std::fabs(loudness_lufs(input, from, rate_hz) - loudness_lufs(processed, from, rate_hz)) >
          3.0);
    CHECK(true_peak_db(matched) <= -1.0);
}

TEST_CASE("a matched bypass is the unprocessed signal times one gain, as late as the chain is") {
    const auto engine = one_bus(settings({{kBypass, 1.0f}, {kMatched, 1.0f}}));
    const Audio input = sine(2, 10 * 48000, 300.0, 0.1f);
    const Audio output = run(*engine, input);
    const auto late = static_cast<std::size_t>(engine->latency_frames(0));
    const std::size_t from = 9 * 48000;
    float gain = 0.0f;
    for (std::size_t i = from; i < from + 480; ++i)
        gain = std::max(gain, std::fabs(output[0][i]) / 0.1f);
    CHECK(gain > 1.0f);
    for (std::size_t i = from; i < from + 480; ++i)
        REQUIRE(output[0][i] == Approx(gain * input[0][i - late]).margin(1e-4));
}

TEST_CASE("the gain of a matched bypass is known when it is switched on") {
    // Loud: processed it is far quieter.
    const auto engine = one_bus(settings({{kMatched, 1.0f}}));
    const Audio input = sine(2, 16 * 48000, 100.0, 0.9f);
    change(*engine, {{kBypass, 1.0f}}, 14 * 48000 + 7);
    change(*engine, {{kBypass, 0.0f}}, 15 * 48000 + 11);
    const Audio output = run(*engine, input);
    const float before = peak_lin(output[0], 13 * 48000, 14 * 48000);
    CHECK(before < 0.5f);
    CHECK(peak_lin(output[0], 14 * 48000, 16 * 48000) < 1.1f * before);
    CHECK(largest_bend(output, 13 * 48000) < 1.2f * largest_bend(output, 13 * 48000, 14 * 48000));
}

TEST_CASE("a matched bypass that knows nothing yet begins at the input and glides") {
    const auto engine = one_bus();
    const Audio input = sine(2, 10 * 48000, 100.0, 0.9f);
    change(*engine, {{kBypass, 1.0f}}, 5 * 48000);
    change(*engine, {{kMatched, 1.0f}}, 7 * 48000 + 5);
    const Audio output = run(*engine, input);
    CHECK(peak_lin(output[0], 6 * 48000, 7 * 48000) == 0.9f);
    CHECK(peak_lin(output[0], 9 * 48000, 10 * 48000) < 0.5f);
    CHECK(largest_bend(output, 6 * 48000) < 1.1f * largest_bend(input));
}

TEST_CASE("pauses and silence leave the gain of a matched bypass as it is") {
    const auto engine = one_bus(settings({{kBypass, 1.0f}, {kMatched, 1.0f}}));
    const Audio sound = sine(2, 8 * 48000, 300.0, 0.9f);
    const float before = peak_lin(run(*engine, sound)[0], 7 * 48000, 8 * 48000);
    run(*engine, Audio(2, std::vector<float>(20 * 48000)));
    CHECK(peak_lin(run(*engine, sound)[0], 2000, 4800) == Approx(before).margin(0.02));
}

TEST_CASE("matched changes no bit without a bypass, and with one until it is switched off") {
    const Audio input = programme(2, 3 * 48000, 6);
    CHECK(same_bits(played(settings({{kMatched, 1.0f}}), input), played({}, input)));
    const auto engine = one_bus(settings({{kBypass, 1.0f}, {kMatched, 1.0f}}));
    change(*engine, {{kMatched, 0.0f}}, 48000);
    const Audio output = run(*engine, input);
    const auto late = static_cast<std::size_t>(engine->latency_frames(0));
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t i = 48000 + 2000; i < input[c].size(); ++i)
            REQUIRE(output[c][i] == input[c][i - late]);
}

TEST_CASE("the difference is the input less the output, a limiter's latency later") {
    const std::size_t later = 72;
    const auto probe = one_bus();
    const auto late = static_cast<std::size_t>(probe->latency_frames(0));
    const Audio input = programme(2, 2 * 48000, 7, 0.5f);
    const Audio wanted = taken_away(input, run(*probe, input), late);
    REQUIRE(true_peak_db(wanted) < -1.0);
    REQUIRE(peak_lin(wanted[0], 0, wanted[0].size()) > 0.05f);
    const Audio heard = played(settings({{kListen, kDifference}}), input);
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t i = later; i < heard[c].size(); ++i)
            REQUIRE(heard[c][i] == wanted[c][i - later]);
}

TEST_CASE("the difference is silence while nothing is taken away, and holds the ceiling") {
    ParameterValues idle = idle_chain();
    idle[kListen] = kDifference;
    const Audio nothing = played(idle, programme(2, 48000, 4, 0.3f));
    CHECK(peak_lin(nothing[0], 0, 48000) == 0.0f);
    const Audio much = played(settings({{kListen, kDifference}, {kCeiling, -6.0f}}),
                              programme(2, 96000, 4, 20.0f));
    CHECK(peak_lin(much[0], 0, 96000) > 0.3f);
    CHECK(true_peak_db(much) <= -6.0);
}

TEST_CASE("a bypass goes before the difference") {
    const Audio input = programme(2, 48000, 8, 3.0f);
    const auto engine = one_bus(settings({{kListen, kDifference}}));
    change(*engine, {{kBypass, 1.0f}}, 20000);
    const Audio output = run(*engine, input);
    const auto late = static_cast<std::size_t>(engine->latency_frames(0));
    for (std::size_t i = 22000; i < 48000; ++i)
        REQUIRE(output[0][i] == input[0][i - late]);
}

TEST_CASE("what is heard is switched without a click, also in a hurry") {
    const Audio input = sine(2, 96000, 100.0, 0.9f);
    const auto engine = one_bus(settings({{kMatched, 1.0f}}));
    const float bend_of_dry = largest_bend(input);
    run(*engine, input);
    constexpr ParameterId kSwitches[] = {kBypass, kListen, kMatched};
    for (unsigned i = 0; i < 24; ++i)
        change(*engine, {{kSwitches[i % 3], i / 3 % 2 == 0 ? 1.0f : 0.0f}},
               96000 + 1000 + i * (i < 12 ? 3001u : 487u));
    CHECK(largest_bend(run(*engine, input)) < 1.2f * bend_of_dry);
}

TEST_CASE("what is heard instead of the output counts in no figure since the start") {
    const auto engine = one_bus();
    const auto before = run_metered(*engine, programme(2, 4 * 48000, 3, 0.3f));
    const Setting change_to = GENERATE(Setting{kBypass, 1.0f}, Setting{kListen, kDifference});
    change(*engine, {change_to, {kMatched, 1.0f}});
    const auto after = run_metered(*engine, sine(2, 4 * 48000, 997.0, 4.0f));
    CHECK(reading(after, "output/momentary") > -40.0f);
    CHECK(reading(after, "output/integrated") ==
          Approx(reading(before, "output/integrated")).margin(0.1));
}
