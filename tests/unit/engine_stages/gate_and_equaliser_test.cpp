// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

using namespace headroom;
using namespace headroom::test;

namespace {

ParameterValues idle_but(std::initializer_list<Setting> changed) {
    ParameterValues values = idle_chain();
    for (const auto &[id, value] : changed)
        values[id] = value;
    return values;
}

float end_peak(const Audio &audio) {
    float peak = 0.0f;
    for (const auto &channel : audio)
        for (std::size_t i = channel.size() - 4800; i < channel.size(); ++i)
            peak = std::max(peak, std::fabs(channel[i]));
    return peak;
}

double tone_gain_db(const ParameterValues &values, double frequency_hz) {
    const auto engine = one_bus(values);
    const Audio output = run(*engine, sine(2, 48000, frequency_hz, 0.01f));
    return 20.0 * std::log10(static_cast<double>(end_peak(output)) / 0.01);
}

ParameterId id(const std::string &path) {
    return find_parameter(Scope::bus, path).value();
}

struct Band {
    std::string path;
    float frequency_hz;
    double heard_hz; ///< where the gain below is found
    double gain_db;
};

/// Every band of the equaliser, set to something that a tone can tell.
std::vector<Band> bands() {
    return {{"low_cut", 400.0f, 200.0, -12.30},  {"low_shelf", 200.0f, 200.0, 3.0},
            {"bell_1", 100.0f, 100.0, 6.0},      {"bell_2", 500.0f, 500.0, 6.0},
            {"bell_3", 1500.0f, 1500.0, 6.0},    {"bell_4", 3000.0f, 3000.0, 6.0},
            {"high_shelf", 2000.0f, 2000.0, 3.0}};
}

void set_band(ParameterValues &values, const Band &band) {
    const std::string path = "equaliser/" + band.path;
    values[id(path + "/on")] = 1.0f;
    values[id(path + "/frequency")] = band.frequency_hz;
    if (const auto gain = find_parameter(Scope::bus, path + "/gain"))
        values[*gain] = 6.0f;
}

} // namespace

TEST_CASE("gate and equaliser are there by default, and do nothing") {
    const ParameterValues values;
    CHECK(values[parameter_id("gate/on")] == 0.0f);
    for (const Parameter &p : parameters())
        if (p.path.starts_with("equaliser/") && p.path.ends_with("/on") && p.path != "equaliser/on")
            CHECK(p.default_value == 0.0f);
    const auto engine = one_bus(idle_chain());
    const Audio input = programme(2, 48000, 3, 0.2f);
    CHECK(same_bits_from(run(*engine, input), static_cast<std::size_t>(engine->latency_frames(0)),
                         input));
}

TEST_CASE("every band's parameters reach that band, and its switch switches it") {
    for (const Band &band : bands()) {
        CAPTURE(band.path);
        ParameterValues values = idle_chain();
        CHECK(tone_gain_db(values, band.heard_hz) == Approx(0.0).margin(0.01));
        set_band(values, band);
        CHECK(tone_gain_db(values, band.heard_hz) == Approx(band.gain_db).margin(0.05));
        values[parameter_id("equaliser/on")] = 0.0f;
        CHECK(tone_gain_db(values, band.heard_hz) == Approx(0.0).margin(0.01));
    }
    ParameterValues steep = idle_but({{parameter_id("equaliser/low_cut/on"), 1.0f},
                                      {parameter_id("equaliser/low_cut/frequency"), 400.0f},
                                      {parameter_id("equaliser/low_cut/slope"), 1.0f}});
    CHECK(tone_gain_db(steep, 200.0) == Approx(-24.10).margin(0.05));
    ParameterValues narrow = idle_but({{parameter_id("equaliser/bell_1/on"), 1.0f},
                                       {parameter_id("equaliser/bell_1/gain"), 12.0f},
                                       {parameter_id("equaliser/bell_1/frequency"), 1000.0f},
                                       {parameter_id("equaliser/bell_1/q"), 10.0f}});
    CHECK(tone_gain_db(narrow, 1000.0) == Approx(12.0).margin(0.05));
    CHECK(std::fabs(tone_gain_db(narrow, 500.0)) < 0.2);
}

TEST_CASE("switching a band at run time makes no click and leaves no trace") {
    const Audio input = sine(2, 3 * 48000, 100.0, 0.3f);
    for (const std::string switch_path : {"equaliser/bell_1/on", "equaliser/on"}) {
        CAPTURE(switch_path);
        ParameterValues values = idle_chain();
        set_band(values, {"bell_1", 100.0f, 100.0, 6.0});
        const auto engine = one_bus(values);
        const auto late = static_cast<std::size_t>(engine->latency_frames(0));
        change(*engine, {{id(switch_path), 0.0f}}, 48000 + 17);
        change(*engine, {{id(switch_path), 1.0f}}, 2 * 48000 + 17);
        for (int i = 0; i < 20; ++i)
            change(*engine, {{id(switch_path), i % 2 == 0 ? 0.0f : 1.0f}},
                   120000 + static_cast<std::uint64_t>(i) * 333);
        const Audio output = run(*engine, input);
        for (std::size_t i = 48000 + 17 + 64 + 960 + late; i < 2 * 48000 + 17; ++i)
            REQUIRE(output[0][i] == input[0][i - late]);
        // Twice the amplitude bends twice as much. A switch that is turned round half-way, again
        // and again, may be a little less smooth: a tone of 1 kHz bends ten times as much.
        CHECK(largest_bend(output, 40000, 118000) < 1.2f * 2.0f * largest_bend(input));
        CHECK(largest_bend(output, 118000) < 5e-4f);
    }
}

TEST_CASE("the gate closes on silence, opens on signal and is metered") {
    const ParameterValues values = idle_but({{parameter_id("gate/on"), 1.0f},
                                             {parameter_id("gate/threshold"), -30.0f},
                                             {parameter_id("gate/range"), 60.0f},
                                             {parameter_id("gate/ratio"), 20.0f}});
    const auto engine = one_bus(values);
    const Audio loud = sine(2, 48000, 997.0, 0.3f);
    Audio output;
    CHECK(reading(run_metered(*engine, loud, &output), "gate/gain_reduction") == 0.0f);
    CHECK(same_bits_from(output, static_cast<std::size_t>(engine->latency_frames(0)), loud));
    const auto closed = run_metered(*engine, sine(2, 2 * 48000, 997.0, 0.01f), &output);
    CHECK(reading(closed, "gate/gain_reduction") == Approx(-60.0).margin(0.05));
    CHECK(end_peak(output) < 1.1e-5f);
    run_metered(*engine, loud, &output);
    CHECK(end_peak(output) == Approx(0.3).margin(1e-3));
}

TEST_CASE("the gate works before the equaliser, the equaliser before the compressor") {
    const auto types = engine::stage_types();
    std::vector<std::string> names;
    for (const auto &type : types)
        names.emplace_back(type.name);
    const auto position = [&](const char *name) {
        return std::find(names.begin(), names.end(), name) - names.begin();
    };
    CHECK(position("gate") < position("equaliser"));
    CHECK(position("equaliser") < position("agc"));
    CHECK(position("agc") < position("compressor"));
    CHECK(position("compressor") < position("limiter"));
    // A boost by the equaliser does not open the gate.
    const ParameterValues values = idle_but({{parameter_id("gate/on"), 1.0f},
                                             {parameter_id("gate/threshold"), -30.0f},
                                             {parameter_id("gate/range"), 60.0f},
                                             {parameter_id("gate/ratio"), 20.0f},
                                             {parameter_id("gate/release"), 20.0f},
                                             {parameter_id("equaliser/bell_1/on"), 1.0f},
                                             {parameter_id("equaliser/bell_1/frequency"), 997.0f},
                                             {parameter_id("equaliser/bell_1/gain"), 24.0f}});
    CHECK(tone_gain_db(values, 997.0) == Approx(-36.0).margin(0.1));
}

TEST_CASE("with gate and equaliser at work, time may be cut in any way") {
    ParameterValues values = idle_but({{parameter_id("gate/on"), 1.0f},
                                       {parameter_id("gate/threshold"), -12.0f},
                                       {parameter_id("gate/hold"), 10.0f},
                                       {parameter_id("gate/release"), 20.0f},
                                       {parameter_id("compressor/on"), 1.0f},
                                       {parameter_id("compressor/stereo_link"), 40.0f}});
    for (const Band &band : bands())
        set_band(values, band);
    const Audio input = programme(2, 96000, 5);
    const auto cut = [&](const Cutting &cutting) {
        const auto engine = one_bus(values);
        change(*engine, {{parameter_id("equaliser/bell_2/gain"), -12.0f}}, 12345);
        change(*engine, {{parameter_id("equaliser/low_cut/on"), 0.0f}}, 23456);
        change(*engine, {{parameter_id("gate/on"), 0.0f}}, 34567);
        change(*engine, {{parameter_id("equaliser/on"), 0.0f}}, 45678);
        change(*engine, {{parameter_id("equaliser/on"), 1.0f}}, 56789);
        change(*engine, {{parameter_id("gate/on"), 1.0f}}, 67890);
        return run(*engine, input, cutting);
    };
    const Audio whole = cut(every(1024));
    CHECK(same_bits(cut(every(1)), whole));
    CHECK(same_bits(cut(every(333)), whole));
    CHECK(same_bits(cut(at_random(7, 100)), whole));
}

TEST_CASE("gate and equaliser work on any layout") {
    for (const char *layout : {"mono", "5.1", "7.1"}) {
        CAPTURE(layout);
        ParameterValues values = idle_but({{parameter_id("gate/on"), 1.0f}});
        set_band(values, {"bell_1", 1000.0f, 1000.0, 6.0});
        const auto engine = one_bus(values, 48000.0, layout);
        const Audio output = run(*engine, sine(engine->channel_count(), 24000, 1000.0, 0.1f));
        for (const auto &channel : output)
            CHECK(end_peak({channel}) == Approx(0.1995).margin(0.002));
    }
}

TEST_CASE("the equaliser tells how much louder it makes the programme, over pauses too") {
    ParameterValues values = idle_but({});
    const auto engine = one_bus(values);
    const Audio tone = sine(2, 4 * 48000, 997.0, 0.02f);
    const auto change_lu = [&](const Audio &input) {
        return reading(run_metered(*engine, input), "equaliser/loudness_change");
    };
    CHECK(change_lu(tone) == 0.0f);
    change(*engine, {{parameter_id("equaliser/bell_1/on"), 1.0f},
                     {parameter_id("equaliser/bell_1/frequency"), 997.0f},
                     {parameter_id("equaliser/bell_1/gain"), 6.0f}});
    CHECK(change_lu(tone) == Approx(6.0).margin(0.05));
    CHECK(change_lu(Audio(2, std::vector<float>(20 * 48000))) == Approx(6.0).margin(0.05));
    change(*engine, {{parameter_id("equaliser/bell_1/gain"), -12.0f}});
    CHECK(change_lu(tone) == Approx(-12.0).margin(0.05));
    change(*engine, {{parameter_id("equaliser/on"), 0.0f}});
    CHECK(change_lu(tone) == 0.0f);
    change(*engine,
           {{parameter_id("equaliser/on"), 1.0f}, {parameter_id("equaliser/bell_1/on"), 0.0f}});
    CHECK(change_lu(tone) == 0.0f);
}
