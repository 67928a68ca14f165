// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/compressor.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

using namespace headroom;
using namespace headroom::test;
using engine::kOwnInput;
using engine::kOwnPorts;

namespace {

/// Nothing but the compressor works, and only above -30 dBFS.
ParameterValues ducking() {
    ParameterValues values = idle_chain();
    values[parameter_id("compressor/on")] = 1.0f;
    values[parameter_id("compressor/threshold")] = -30.0f;
    values[parameter_id("compressor/ratio")] = 4.0f;
    values[parameter_id("compressor/knee")] = 0.0f;
    values[parameter_id("compressor/detector")] = 0.0f;
    values[parameter_id("compressor/sidechain_highpass")] = 20.0f;
    values[parameter_id("compressor/release")] = 50.0f;
    return values;
}

engine::BusSetup music(int sidechain) {
    engine::BusSetup out = bus("stereo", ducking());
    out.name = "music";
    out.sidechain = sidechain;
    return out;
}

engine::BusSetup voice() {
    engine::BusSetup out = bus("mono", idle_chain());
    out.name = "voice";
    return out;
}

/// Music and then voice.
Audio together(const Audio &music_audio, const Audio &voice_audio) {
    Audio out = music_audio;
    out.insert(out.end(), voice_audio.begin(), voice_audio.end());
    return out;
}

/// Speech from a third to two thirds of the time.
Audio some_speech(int frames) {
    Audio out = programme(1, frames, 9, 1.0f);
    for (std::size_t i = 0; i < out[0].size(); ++i)
        if (i < out[0].size() / 3 || i > out[0].size() * 2 / 3)
            out[0][i] = 0.0f;
    return out;
}

} // namespace

TEST_CASE("a tone on one bus lowers another by the gain of the static curve") {
    engine::Engine engine({music(1), voice()}, {}, 48000.0);
    // Music at -6 dBFS would be compressed by itself; it is not where it hears silence.
    const Audio tune = sine(2, 96000, 300.0, 0.5f);
    Audio silence(1, std::vector<float>(96000));
    const Audio alone = run(engine, together(tune, silence));
    CHECK(peak_lin(alone[0], 48000, 96000) == Approx(0.5f).epsilon(1e-4));

    const float level_dbfs = GENERATE(-20.0f, -12.0f, -6.0f);
    const Audio tone = sine(1, 96000, 1000.0, std::pow(10.0f, level_dbfs / 20.0f));
    const Audio ducked = run(engine, together(tune, tone));
    const float expected_db = dsp::Compressor::gain_for_level_db(
        {.threshold_dbfs = -30.0f, .ratio = 4.0f, .knee_db = 0.0f}, level_dbfs);
    for (const std::size_t channel : {0u, 1u})
        CHECK(20.0f * std::log10(peak_lin(ducked[channel], 48000, 96000) / 0.5f) ==
              Approx(expected_db).margin(0.05));
    // The voice itself passes, later by the latency and otherwise as it was.
    const auto latency = static_cast<std::size_t>(engine.latency_frames(1));
    for (std::size_t i = 48000; i < 96000; ++i)
        REQUIRE(ducked[2][i] == tone[0][i - latency]);
}

TEST_CASE(
    "a sidechain hears the same frames whichever bus comes first, however the stream is cut") {
    const Audio tune = programme(2, 30000, 4, 0.3f);
    const Audio speech = some_speech(30000);
    engine::Engine music_first({music(1), voice()}, {}, 48000.0);
    engine::Engine voice_first({voice(), music(0)}, {}, 48000.0);
    const Audio a = run(music_first, together(tune, speech));
    const Audio b = run(voice_first, together(speech, tune), at_random(3, 700));
    CHECK(same_bits({a[0], a[1]}, {b[1], b[2]}));
    CHECK(same_bits({a[2]}, {b[0]}));
    engine::Engine one_by_one({music(1), voice()}, {}, 48000.0);
    CHECK(same_bits(run(one_by_one, together(tune, speech), every(1)), a));
}

TEST_CASE("two buses may hear each other's input") {
    engine::BusSetup talk = voice();
    talk.values = ducking();
    talk.sidechain = 0;
    engine::Engine engine({music(1), talk}, {}, 48000.0);
    const Audio out =
        run(engine, together(sine(2, 96000, 300.0, 0.5f), sine(1, 96000, 1000.0, 0.5f)));
    for (const auto &channel : out)
        CHECK(20.0f * std::log10(peak_lin(channel, 48000, 96000) / 0.5f) ==
              Approx(-0.75 * (30.0 - 6.02)).margin(0.05));
}

TEST_CASE("a compressor begins and ceases to hear another bus without a click") {
    const auto input = together(sine(2, 144000, 300.0, 0.5f), sine(1, 144000, 1000.0, 0.01f));
    engine::Engine engine({music(kOwnInput), voice()}, {}, 48000.0);
    engine.set_sidechain(0, 1, 48001);
    engine.set_sidechain(0, kOwnInput, 96001);
    const Audio both = run(engine, input);
    const Audio output{both[0], both[1]};
    // Compressed by itself, then not at all since the voice is soft, then as before.
    const float own = peak_lin(output[0], 43000, 48000);
    CHECK(20.0f * std::log10(own / 0.5f) == Approx(-0.75 * (30.0 - 6.02)).margin(0.05));
    CHECK(peak_lin(output[0], 90000, 96000) == Approx(0.5f).epsilon(1e-3));
    CHECK(peak_lin(output[0], 139000, 144000) == Approx(own).epsilon(1e-3));
    const float slow = largest_bend({input[0]});
    CHECK(largest_bend(output, 40000) < 1.02f * slow);
}

TEST_CASE("a sidechain that is no other bus is refused") {
    for (const int wrong : {0, 2, -3})
        CHECK_THROWS_AS(engine::Engine({music(wrong), voice()}, {}, 48000.0),
                        std::invalid_argument);
    engine::Engine engine({music(kOwnInput), voice()}, {}, 48000.0);
    CHECK_THROWS_AS(engine.set_sidechain(0, 0), std::invalid_argument);
    CHECK_THROWS_AS(engine.set_sidechain(0, 2), std::invalid_argument);
    engine.set_sidechain(0, 1);
}

namespace {

/// Runs the engine of two channels with what comes in at the sidechain ports of its one bus.
Audio run_with_ports(engine::Engine &engine, const Audio &input, const Audio &ports,
                     const Cutting &cutting = every(256)) {
    Audio output(2, std::vector<float>(input[0].size()));
    for (std::size_t done = 0; done < input[0].size();) {
        const std::size_t frames = std::min<std::size_t>(cutting(), input[0].size() - done);
        const float *const in[] = {input[0].data() + done, input[1].data() + done};
        const float *const heard[] = {ports[0].data() + done, ports[1].data() + done};
        float *const out[] = {output[0].data() + done, output[1].data() + done};
        const engine::BusPatch patch{.sidechain = heard};
        engine.process(in, out, static_cast<std::uint32_t>(frames), {&patch, 1});
        done += frames;
    }
    return output;
}

} // namespace

TEST_CASE("a tone at a bus's own sidechain ports lowers it by the gain of the static curve") {
    const Audio tune = sine(2, 96000, 300.0, 0.5f);
    const float level_dbfs = GENERATE(-20.0f, -6.0f);
    engine::Engine engine({music(kOwnPorts)}, {}, 48000.0);
    const Audio ducked =
        run_with_ports(engine, tune, sine(2, 96000, 1000.0, std::pow(10.0f, level_dbfs / 20.0f)));
    const float expected_db = dsp::Compressor::gain_for_level_db(
        {.threshold_dbfs = -30.0f, .ratio = 4.0f, .knee_db = 0.0f}, level_dbfs);
    CHECK(20.0f * std::log10(peak_lin(ducked[0], 48000, 96000) / 0.5f) ==
          Approx(expected_db).margin(0.05));
}

TEST_CASE("sidechain ports work the same however the stream is cut, and are silent where missing") {
    const Audio tune = programme(2, 30000, 4, 0.3f);
    Audio heard = programme(2, 30000, 9, 0.8f);
    engine::Engine whole({music(kOwnPorts)}, {}, 48000.0);
    engine::Engine cut({music(kOwnPorts)}, {}, 48000.0);
    const Audio expected = run_with_ports(whole, tune, heard);
    CHECK(same_bits(run_with_ports(cut, tune, heard, at_random(5, 900)), expected));

    engine::Engine silent({music(kOwnPorts)}, {}, 48000.0);
    engine::Engine without({music(kOwnPorts)}, {}, 48000.0);
    const Audio unducked = run_with_ports(silent, tune, Audio(2, std::vector<float>(30000)));
    CHECK(same_bits(run(without, tune), unducked));
    CHECK_FALSE(same_bits(expected, unducked));

    heard[0][777] = std::nanf("");
    heard[1][999] = INFINITY;
    engine::Engine hurt({music(kOwnPorts)}, {}, 48000.0);
    const Audio out = run_with_ports(hurt, tune, heard);
    CHECK(std::all_of(out[0].begin(), out[0].end(), [](float x) { return std::isfinite(x); }));
}
