// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/strip_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

using namespace headroom;
using namespace headroom::test;

TEST_CASE("a strip at its defaults is the bus's own input, bit for bit and not later") {
    const auto through = one_bus();
    const int slot = open(*through, "player");
    fade_in(*through);
    const auto shared = one_bus();
    fade_in(*shared);
    const Audio audio = programme(2, 40000, 1, 0.8f);
    CHECK(same_bits(run_with_strips(*through, silence(2, 40000), {{slot, audio}}),
                    run(*shared, audio)));
}

TEST_CASE("strips and the shared input are summed") {
    const auto engine = one_bus(idle_chain());
    const int a = open(*engine, "a");
    const int b = open(*engine, "b", mono_layout);
    fade_in(*engine);
    const Audio shared = sine(2, 20000, 100.0, 0.1f);
    const Audio first = sine(2, 20000, 300.0, 0.2f);
    const Audio second = sine(1, 20000, 700.0, 0.3f);
    const Audio out = run_with_strips(*engine, shared, {{a, first}, {b, second}});
    const auto latency = static_cast<std::size_t>(engine->latency_frames(0));
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t i = 0; i + latency < 20000; ++i)
            REQUIRE(out[c][i + latency] ==
                    Approx(shared[c][i] + first[c][i] + second[0][i]).margin(1e-6));
}

TEST_CASE("trim, mute and pan do what they say") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "game", mono_layout);
    const Audio tone = sine(1, 24000, 500.0, 0.4f);
    const auto level = [&](std::size_t channel) {
        const Audio out = run_with_strips(*engine, silence(2, 24000), {{slot, tone}});
        return peak_lin(out[channel], 12000, 24000) / 0.4f;
    };
    CHECK(level(0) == Approx(1.0f).epsilon(1e-4));
    set(*engine, "game", kTrim, -6.0f);
    CHECK(level(1) == Approx(0.5012f).epsilon(1e-3));
    set(*engine, "game", kTrim, 0.0f);
    set(*engine, "game", kPan, 100.0f);
    CHECK(level(0) == 0.0f);
    CHECK(level(1) == Approx(1.0f).epsilon(1e-4));
    set(*engine, "game", kPan, -50.0f);
    CHECK(level(0) == Approx(1.0f).epsilon(1e-4));
    CHECK(level(1) == Approx(std::sqrt(0.5f)).epsilon(1e-3));
    set(*engine, "game", kMute, 1.0f);
    CHECK(level(0) == 0.0f);
    set(*engine, "game", kMute, 0.0f);
    CHECK(level(0) == Approx(1.0f).epsilon(1e-4));
}

TEST_CASE("solo silences everything else in the bus, and nothing in another") {
    engine::Engine engine({bus("stereo", idle_chain()), {"other", stereo_layout, idle_chain()}}, {},
                          48000.0);
    const int a = open(engine, "a");
    const int b = open(engine, "b");
    const int c = open(engine, "c", stereo_layout, 1);
    const Audio shared = sine(4, 24000, 3000.0, 0.1f);
    const Audio tone = sine(2, 24000, 500.0, 0.2f);
    const auto levels = [&] {
        const Audio out =
            run_with_strips(engine, shared, {{a, tone}, {b, silence(2, 24000)}, {c, tone}});
        return std::pair{peak_lin(out[0], 12000, 24000), peak_lin(out[2], 12000, 24000)};
    };
    const auto before = levels();
    CHECK(before.first > 0.25f);
    set(engine, "b", kSolo, 1.0f);
    CHECK(levels().first == 0.0f);
    CHECK(levels().second == before.second);
    set(engine, "a", kSolo, 1.0f);
    CHECK(levels().first == Approx(0.2f).epsilon(1e-3));
    // A soloed strip that goes takes its solo along.
    set(engine, "a", kSolo, 0.0f);
    engine.remove_strip(b);
    CHECK(levels().first == Approx(before.first).epsilon(1e-3));
}

TEST_CASE("the rider lowers a loud application and nothing else, under its trim") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "loud");
    const int quiet = open(*engine, "quiet");
    set(*engine, "loud", strip_parameter_id("rider/on"), 1.0f);
    set(*engine, "loud", strip_parameter_id("rider/target"), -20.0f);
    set(*engine, "loud", kTrim, 6.0f);
    const int frames = 6 * 48000;
    const Audio tone = sine(2, frames, 500.0, 0.25f);
    const Audio out =
        run_with_strips(*engine, silence(2, frames), {{slot, tone}, {quiet, silence(2, frames)}});
    // -20 dBFS RMS of a sine is a peak of -17 dBFS.
    CHECK(20.0f * std::log10(peak_lin(out[0], 5 * 48000, 6 * 48000)) == Approx(-16.99).margin(0.2));
    CHECK(peak_lin(out[0], 0, 6 * 48000) <= 0.5f * 1.001f);
}

TEST_CASE("strips come and go without a click or a gap for the others") {
    const auto engine = one_bus(idle_chain());
    const int steady = open(*engine, "steady");
    fade_in(*engine);
    const Audio tone = sine(2, 96000, 200.0, 0.3f);
    const Audio other = sine(2, 96000, 200.0, 0.2f);
    int slot = -1;
    std::vector<Player> players{{steady, tone}, {1, other}};
    const Audio out =
        run_with_strips(*engine, silence(2, 96000), players, every(128), [&](std::uint64_t frame) {
            if (frame == 19200) {
                slot = open(*engine, "guest"); // in the midst of what it plays
                REQUIRE(slot == 1);
            }
            if (frame == 57600)
                engine->remove_strip(slot);
            if (frame == 76800)
                CHECK_FALSE(engine->has_strip(slot));
        });
    CHECK(peak_lin(out[0], 10000, 19000) == Approx(0.3f).epsilon(1e-3));
    CHECK(peak_lin(out[0], 40000, 57000) == Approx(0.5f).epsilon(1e-3));
    CHECK(peak_lin(out[0], 80000, 96000) == Approx(0.3f).epsilon(1e-3));
    CHECK(largest_bend(out, 2000) < 1.02f * largest_bend(sine(2, 4800, 200.0, 0.5f)));
}

TEST_CASE("a fader may jump over its whole range without a click") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "game", mono_layout);
    fade_in(*engine);
    const Audio tone = sine(1, 96000, 200.0, 0.2f);
    const Audio out = run_with_strips(
        *engine, silence(2, 96000), {{slot, tone}}, every(100), [&](std::uint64_t frame) {
            if (frame % 9600 == 0)
                set(*engine, "game", kTrim, frame % 19200 == 0 ? 0.0f : -60.0f);
            if (frame % 9600 == 4800)
                set(*engine, "game", kPan, frame % 19200 == 4800 ? 100.0f : -100.0f);
        });
    // A gain that jumps bends by 0.2; on the grid in straight lines by 32 times less.
    CHECK(largest_bend(out, 2000) < 0.01f * 0.2f);
}

TEST_CASE("an application that returns finds its settings") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "radio");
    set(*engine, "radio", kTrim, -20.0f);
    engine->remove_strip(slot);
    fade_in(*engine);
    REQUIRE_FALSE(engine->has_strip(slot));
    // A change while it is away counts as well.
    set(*engine, "radio", kPan, 100.0f);
    const int again = open(*engine, "radio");
    fade_in(*engine);
    const Audio out =
        run_with_strips(*engine, silence(2, 9600), {{again, sine(2, 9600, 500.0, 0.5f)}});
    CHECK(peak_lin(out[1], 4800, 9600) == Approx(0.05f).epsilon(1e-3));
    CHECK(peak_lin(out[0], 4800, 9600) == 0.0f);
    CHECK(engine->strip_names() == std::vector<std::string>{"radio"});
    CHECK(engine->strip_values(0)[kTrim] == -20.0f);
}

TEST_CASE("there are 64 strips at once, and room again when one has gone") {
    const auto engine = one_bus(idle_chain());
    std::vector<int> slots;
    slots.reserve(64);
    for (int i = 0; i < 64; ++i)
        slots.push_back(open(*engine, "application " + std::to_string(i), mono_layout));
    CHECK_FALSE(engine->add_strip({"one more", 0, mono_layout}));
    std::vector<Player> players;
    players.reserve(64);
    for (const int slot : slots)
        players.push_back({slot, sine(1, 9600, 500.0, 0.005f)});
    fade_in(*engine);
    const Audio out = run_with_strips(*engine, silence(2, 9600), players);
    CHECK(peak_lin(out[0], 4800, 9600) == Approx(64 * 0.005f).epsilon(1e-3));
    engine->remove_strip(slots[17]);
    CHECK_FALSE(engine->add_strip({"one more", 0, mono_layout}));
    fade_in(*engine);
    CHECK(engine->add_strip({"one more", 0, mono_layout}) == slots[17]);
    // A name has one strip.
    CHECK_FALSE(engine->add_strip({"one more", 0, mono_layout}));
}

TEST_CASE("strips are refused where they do not fit") {
    const auto engine = one_bus();
    CHECK_THROWS_AS(engine->add_strip({"a", 1, mono_layout}), std::invalid_argument);
    CHECK_THROWS_AS(engine->add_strip({"a", 0, {}}), std::invalid_argument);
    CHECK_THROWS_AS(engine->add_strip({"a", 0, ChannelLayout(65, Channel::fl)}),
                    std::invalid_argument);
}

TEST_CASE("an application with more channels than its bus is mixed down, with its fader") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "film", find_layout("5.1").value());
    fade_in(*engine);
    Audio audio = silence(6, 9600);
    for (std::size_t c = 0; c < 6; ++c)
        audio[c] = sine(1, 9600, 500.0, 0.01f * static_cast<float>(c + 1))[0];
    const auto levels = [&] {
        const Audio out = run_with_strips(*engine, silence(2, 9600), {{slot, audio}});
        return std::pair{peak_lin(out[0], 4800, 9600), peak_lin(out[1], 4800, 9600)};
    };
    // FL FR FC LFE SL SR
    const double left = 0.01 + 0.7071 * (0.03 + 0.05);
    const double right = 0.02 + 0.7071 * (0.03 + 0.06);
    CHECK(levels().first == Approx(left).epsilon(1e-3));
    CHECK(levels().second == Approx(right).epsilon(1e-3));
    set(*engine, "film", kTrim, -6.0206f);
    levels();
    CHECK(levels().first == Approx(0.5 * left).epsilon(1e-3));
}

TEST_CASE("a rule's level rides the application, and gives way to what people set") {
    const auto engine = one_bus(idle_chain());
    const auto ride = strip_parameter_id("rider/on");
    const auto target = strip_parameter_id("rider/target");
    const auto slot = engine->add_strip({"loud", 0, stereo_layout, -30.0f});
    REQUIRE(slot);
    const int strip = engine->know_strip("loud").value();
    CHECK(engine->strip_values(strip)[ride] == 1.0f);
    CHECK(engine->strip_values(strip)[target] == -30.0f);
    const int frames = 6 * 48000;
    const Audio tone = sine(2, frames, 500.0, 0.25f);
    const Audio out = run_with_strips(*engine, silence(2, frames), {{*slot, tone}});
    // The most that it cuts is 20 dB; -30 dBFS RMS of a sine is a peak of -27 dBFS.
    CHECK(20.0f * std::log10(peak_lin(out[0], 5 * 48000, frames)) == Approx(-26.99).margin(0.3));

    auto revision = engine->strip_revision();
    engine->set_strip_level(*slot, -12.0f);
    CHECK(engine->strip_revision() != std::exchange(revision, engine->strip_revision()));
    CHECK(engine->strip_values(strip)[target] == -12.0f);
    set(*engine, "loud", target, -25.0f);
    engine->set_strip_level(*slot, -18.0f);
    CHECK(engine->strip_values(strip)[target] == -25.0f);
    engine->set_strip_level(*slot, std::nullopt);
    CHECK(engine->strip_values(strip)[ride] == 0.0f);
    CHECK(engine->strip_values(strip)[target] == -25.0f);
    CHECK(engine->strip_revision() != revision);
}

TEST_CASE("strips work the same however the stream is cut") {
    const Audio audio = programme(2, 60000, 5, 0.5f);
    const Audio other = programme(1, 60000, 6, 0.5f);
    const auto play = [&](const Cutting &cutting) {
        const auto engine = one_bus();
        const int a = open(*engine, "a");
        const int b = open(*engine, "b", mono_layout);
        set(*engine, "a", strip_parameter_id("rider/on"), 1.0f);
        set(*engine, "a", kTrim, -9.0f, 10007);
        set(*engine, "b", kPan, 70.0f, 12345);
        set(*engine, "b", kSolo, 1.0f, 30011);
        set(*engine, "b", kSolo, 0.0f, 40011);
        return run_with_strips(*engine, programme(2, 60000, 7, 0.2f), {{a, audio}, {b, other}},
                               cutting);
    };
    const Audio expected = play(every(256));
    CHECK(same_bits(play(every(1)), expected));
    CHECK(same_bits(play(at_random(4, 999)), expected));
}

TEST_CASE("strips outlive another sample rate, with their settings") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "a");
    const int leaving = open(*engine, "b");
    set(*engine, "a", kTrim, -6.0f);
    engine->remove_strip(leaving);
    engine->prepare(44100.0);
    CHECK(engine->has_strip(slot));
    CHECK_FALSE(engine->has_strip(leaving));
    fade_in(*engine);
    const Audio out =
        run_with_strips(*engine, silence(2, 9600), {{slot, sine(2, 9600, 500.0, 0.5f)}});
    CHECK(peak_lin(out[0], 4800, 9600) == Approx(0.25f).epsilon(0.01));
}

TEST_CASE("surround applications keep their channels, and nonsense does no harm") {
    engine::Engine engine({bus("5.1", idle_chain())}, {}, 48000.0);
    // Rear speakers where the bus has side ones.
    const int slot = open(engine, "film", {Channel::fc, Channel::lfe, Channel::rl, Channel::rr});
    fade_in(engine, 6);
    Audio audio = silence(4, 9600);
    for (std::size_t c = 0; c < 4; ++c)
        audio[c] = sine(1, 9600, 500.0, 0.1f * static_cast<float>(c + 1))[0];
    audio[3][77] = INFINITY;
    audio[3][78] = std::nanf("");
    const Audio out = run_with_strips(engine, silence(6, 9600), {{slot, audio}});
    const float expected[] = {0.0f, 0.0f, 0.1f, 0.2f, 0.3f, 0.4f};
    for (std::size_t c = 0; c < 6; ++c)
        CHECK(peak_lin(out[c], 4800, 9600) == Approx(expected[c]).margin(1e-3));
}

TEST_CASE("a strip measures what it plays") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "a");
    set(*engine, "a", kTrim, -6.0206f);
    engine::StripMeterFrame newest;
    run_with_strips(*engine, silence(2, 96000), {{slot, sine(2, 96000, 997.0, 0.5f)}}, every(480),
                    [&](std::uint64_t) {
                        while (engine->next_strip_meters(newest)) {
                        }
                    });
    const auto meter = [&](MeterId id) { return newest.values[id.index - kMeterCount]; };
    CHECK(newest.strip == 0);
    CHECK(meter(strip_meter_id("peak")) == Approx(-12.04).margin(0.05));
    CHECK(meter(strip_meter_id("rms")) == Approx(-15.05).margin(0.1));
    CHECK(meter(strip_meter_id("momentary")) == Approx(-12.04).margin(0.1));
    CHECK(meter(strip_meter_id("rider_gain")) == 0.0f);
}
