// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/strip_fixture.hpp"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("a strip is removed whatever else was sent before") {
    const auto engine = one_bus();
    const int slot = open(*engine, "player");
    fade_in(*engine);
    for (int i = 0; i < 10000; ++i)
        change(*engine, {{kCeiling, -static_cast<float>(i % 20)}}, 1'000'000);
    engine->remove_strip(slot);
    run(*engine, silence(2, 9600));
    CHECK_FALSE(engine->has_strip(slot));
    CHECK(engine->add_strip({"other", 0, *find_layout("stereo")}) == slot);
}

TEST_CASE("what strips were sent survives another sample rate, in the order of its frames") {
    const auto engine = one_bus(idle_chain());
    const int slot = open(*engine, "player");
    fade_in(*engine);
    set(*engine, "player", kTrim, -20.0f, 100'000);
    set(*engine, "player", kTrim, -6.0206f);
    engine->prepare(48000.0);
    fade_in(*engine);
    const Audio tone = sine(2, 24000, 500.0, 0.4f);
    const Audio out = run_with_strips(*engine, silence(2, 24000), {{slot, tone}});
    CHECK(peak_lin(out[0], 12000, 24000) == Approx(0.04f).epsilon(1e-3));
    CHECK(engine->strip_values(*engine->know_strip("player"))[kTrim] == -20.0f);
}

TEST_CASE("a strip at rest plays on as if it had never rested, whatever the period") {
    const std::uint32_t cut = GENERATE(16u, 100u, 256u);
    CAPTURE(cut);
    Audio audio = programme(2, 48000, 1, 0.8f);
    for (auto &channel : audio) {
        channel.resize(20 * 48000 + 16, 0.0f); // wakes within a grid period
        const auto after = programme(1, 20000, 7, 0.8f)[0];
        channel.insert(channel.end(), after.begin(), after.end());
    }
    const auto with_strip = one_bus();
    const int slot = open(*with_strip, "player");
    set(*with_strip, "player", strip_parameter_id("rider/on"), 1.0f);
    set(*with_strip, "player", kTrim, -3.0f);
    const auto kept_awake = one_bus();
    REQUIRE(open(*kept_awake, "player") == slot);
    set(*kept_awake, "player", strip_parameter_id("rider/on"), 1.0f);
    set(*kept_awake, "player", kTrim, -3.0f);
    const Audio played = run_with_strips(*with_strip, silence(2, static_cast<int>(audio[0].size())),
                                         {{slot, audio}}, every(cut));
    const Audio expected = run_with_strips(
        *kept_awake, silence(2, static_cast<int>(audio[0].size())), {{slot, audio}}, every(cut),
        [&, bound_db = 30.0f](std::uint64_t) mutable { // that the rider never reaches
            set(*kept_awake, "player", strip_parameter_id("rider/max_cut"), bound_db);
            bound_db = 70.0f - bound_db;
        });
    CHECK(same_bits(played, expected));
}
