// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/desired_state.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

using namespace headroom;
using namespace headroom::control;

namespace {

constexpr ParameterId kCeiling = parameter_id("limiter/ceiling");

Profile two_buses() {
    const auto profile = read_profile("buses:\n"
                                      "  main: { limiter: { ceiling: -2 } }\n"
                                      "  phones: { channels: mono }\n",
                                      "two.yaml");
    REQUIRE(profile.has_value());
    return *profile;
}

struct Fixture {
    Profile profile = two_buses();
    engine::Engine engine{engine_setup(profile), profile.globals, 48000.0};
    DesiredState state{engine, profile, {}};

    /// Runs the engine over silence or a constant.
    void run(int frames, float level = 0.0f) {
        std::vector<float> in(static_cast<std::size_t>(frames), level);
        std::vector<std::vector<float>> out(3, in);
        const float *inputs[3] = {in.data(), in.data(), in.data()};
        float *outputs[3] = {out[0].data(), out[1].data(), out[2].data()};
        engine.process(inputs, outputs, static_cast<std::uint32_t>(frames));
    }
};

} // namespace

TEST_CASE("paths name parameters and meters of every bus, and nothing else") {
    Fixture f;
    for (const ParameterTarget target : f.state.all_parameters())
        CHECK(f.state.find_parameter(f.state.path(target)) == target);
    for (const MeterTarget target : f.state.all_meters())
        CHECK(f.state.find_meter(f.state.path(target)) == target);
    CHECK(f.state.find_parameter("bus/phones/limiter/ceiling") == ParameterTarget{1, kCeiling});
    for (const char *wrong :
         {"", "/", "bus", "bus/", "bus/main", "bus/none/limiter/ceiling", "bus/main/limiter",
          "limiter/ceiling", "bus//limiter/ceiling", "meter/bus/main/limiter/ceiling", "meter/",
          "meter/input/momentary"}) {
        CAPTURE(wrong);
        CHECK_FALSE(f.state.find_parameter(wrong).has_value());
        CHECK_FALSE(f.state.find_meter(wrong).has_value());
    }
}

TEST_CASE("a write is clamped, confirmed and reaches the engine, and a bad one changes nothing") {
    Fixture f;
    std::vector<std::pair<ParameterTarget, float>> seen;
    f.state.observe([&](ParameterTarget target, float value) { seen.emplace_back(target, value); });
    const ParameterTarget ceiling{0, kCeiling};
    CHECK(f.state.value(ceiling) == -2.0f);
    REQUIRE(f.state.write(std::vector<ParameterWrite>{{ceiling, 7.0f}}).has_value());
    CHECK(f.state.value(ceiling) == 0.0f);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0] == std::pair{ceiling, 0.0f});

    const std::vector<ParameterWrite> half_bad{{ceiling, -5.0f}, {{1, kCeiling}, std::nanf("")}};
    CHECK_FALSE(f.state.write(half_bad).has_value());
    CHECK_FALSE(f.state.write(std::vector<ParameterWrite>{{{7, kCeiling}, -5.0f}}).has_value());
    CHECK_FALSE(f.state.write(std::vector<ParameterWrite>{{{-1, kCeiling}, -5.0f}}).has_value());
    CHECK(f.state.value(ceiling) == 0.0f);
    CHECK(seen.size() == 1);
}

TEST_CASE("of any number of writes that nobody takes the newest wins") {
    Fixture f;
    const ParameterTarget target{0, parameter_id("agc/target")};
    for (int i = 0; i < 100'000; ++i)
        REQUIRE(f.state
                    .write(std::vector<ParameterWrite>{
                        {target, -40.0f + 1e-4f * static_cast<float>(i)}})
                    .has_value());
    REQUIRE(f.state.write(std::vector<ParameterWrite>{{target, -25.0f}}).has_value());
    CHECK(f.state.value(target) == -25.0f);
    f.run(4800);
    f.state.exchange();
    f.run(4800);
    f.state.exchange();
    // The engine steers to -25 LUFS now: a constant far above is cut by no more than it must.
    CHECK(f.state.value(target) == -25.0f);
}

TEST_CASE("meters keep the peak for readers that look seldom") {
    Fixture f;
    f.run(4800);
    f.run(48, 0.5f);
    f.run(960);
    f.state.exchange();
    const MeterTarget peak{0, meter_id("input/true_peak")};
    CHECK(f.state.value(peak) > -8.0f);
    f.run(48000);
    f.state.exchange();
    CHECK(f.state.value(peak) < -40.0f);
}

TEST_CASE("a profile with the same buses is adopted, another one is refused whole") {
    Fixture f;
    const auto louder = read_profile("buses:\n  main: { limiter: { ceiling: -9 } }\n"
                                     "  phones: { channels: mono }\n",
                                     "two.yaml");
    REQUIRE(louder.has_value());
    REQUIRE(f.state.adopt(*louder).has_value());
    CHECK(f.state.value({0, kCeiling}) == -9.0f);
    const auto other = read_profile("buses: { main: { limiter: { ceiling: -4 } } }", "one.yaml");
    REQUIRE(other.has_value());
    const auto refused = f.state.adopt(*other);
    REQUIRE_FALSE(refused.has_value());
    CHECK_FALSE(refused.error().remedy.empty());
    CHECK(f.state.value({0, kCeiling}) == -9.0f);
}

TEST_CASE("an adopted order of the stages is what the engine does then") {
    // Compression of a constant before and behind a low cut: behind it there is nothing left.
    constexpr const char *kBusy = "    agc: { on: off }\n"
                                  "    equaliser: { on: on, low_cut: { on: on } }\n"
                                  "    compressor: { threshold: -40, sidechain_highpass: 20 }\n"
                                  "  phones: { channels: mono }\n";
    const auto cut_first = read_profile(std::string("buses:\n  main:\n") + kBusy, "two.yaml");
    const auto cut_last = read_profile(
        std::string("buses:\n  main:\n    order: [compressor, equaliser]\n") + kBusy, "two.yaml");
    REQUIRE(cut_first.has_value());
    REQUIRE(cut_last.has_value());
    Fixture f;
    const MeterTarget reduction{0, meter_id("compressor/gain_reduction")};
    const auto settled = [&](const Profile &profile) {
        REQUIRE(f.state.adopt(profile).has_value());
        for (int i = 0; i < 100; ++i) {
            f.run(960, 0.5f);
            f.state.exchange();
        }
        return f.state.value(reduction);
    };
    CHECK(settled(*cut_first) > -0.1f);
    CHECK(settled(*cut_last) < -10.0f);
    CHECK(settled(*cut_first) > -0.1f);
}

TEST_CASE("an adopted sidechain is what the compressor hears then") {
    Fixture f;
    const auto ducked = read_profile("buses:\n"
                                     "  main: { compressor: { sidechain: phones, ratio: 8,\n"
                                     "                        sidechain_highpass: 20 } }\n"
                                     "  phones: { channels: mono }\n",
                                     "two.yaml");
    REQUIRE(ducked.has_value());
    const MeterTarget reduction{0, meter_id("compressor/gain_reduction")};
    // Speech on the phones alone.
    const auto settled = [&](const Profile &profile) {
        REQUIRE(f.state.adopt(profile).has_value());
        const std::vector<float> silence(960);
        const std::vector<float> speech(960, 0.5f);
        std::vector<std::vector<float>> out(3, silence);
        const float *inputs[3] = {silence.data(), silence.data(), speech.data()};
        float *outputs[3] = {out[0].data(), out[1].data(), out[2].data()};
        for (int i = 0; i < 200; ++i) {
            f.engine.process(inputs, outputs, 960);
            f.state.exchange();
        }
        return f.state.value(reduction);
    };
    CHECK(settled(f.profile) > -0.01f);
    CHECK(settled(*ducked) < -10.0f);
    CHECK(settled(f.profile) > -0.01f);
}

TEST_CASE("a write for later holds at its frame, for the engine and for everyone who asks") {
    Fixture f;
    const ParameterTarget target{0, kCeiling};
    std::vector<float> seen;
    f.state.observe([&](ParameterTarget, float value) { seen.push_back(value); });
    int landed = 0;
    const auto land = [&] { ++landed; };
    CHECK_FALSE(f.state.stream_time().has_value());
    f.run(480);
    REQUIRE(f.state.stream_time().has_value());
    CHECK(f.state.stream_time()->open_frame == 480);

    REQUIRE(f.state.write_at(2000, std::vector<ParameterWrite>{{target, -9.0f}}, land));
    REQUIRE(f.state.write_at(1000, std::vector<ParameterWrite>{{target, -40.0f}}, land));
    f.run(520);
    f.state.exchange();
    CHECK(seen.empty());
    CHECK(f.state.value(target) == -2.0f);
    f.run(1);
    f.state.settle();
    CHECK(landed == 1);
    CHECK(seen == std::vector<float>{-20.0f}); // clamped
    // What is set in between holds until the next frame comes.
    REQUIRE(f.state.write(std::vector<ParameterWrite>{{target, -3.0f}}));
    f.run(999);
    f.state.settle();
    CHECK(f.state.value(target) == -3.0f);
    f.run(1);
    f.state.settle();
    CHECK(landed == 2);
    CHECK(seen == std::vector<float>{-20.0f, -3.0f, -9.0f});

    CHECK_FALSE(f.state.write_at(9000, std::vector<ParameterWrite>{{{7, kCeiling}, -9.0f}}, land));
    // Without any writes it only tells that the frame has come.
    REQUIRE(f.state.write_at(0, {}, land));
    f.state.settle();
    CHECK(landed == 3);
}

TEST_CASE("a write for later changes the sound at exactly that frame") {
    Fixture f;
    const auto values = [](float on) {
        return std::vector<ParameterWrite>{{{0, parameter_id("limiter/ceiling")}, on}};
    };
    f.run(480);
    constexpr std::uint64_t kFrame = 1003;
    REQUIRE(f.state.write_at(kFrame, values(-20.0f), [] {}));
    engine::Engine other(engine_setup(f.profile), f.profile.globals, 48000.0);
    const auto difference = [&](int frames) {
        const std::vector<float> in(static_cast<std::size_t>(frames), 0.5f);
        std::vector<std::vector<float>> a(3, in);
        std::vector<std::vector<float>> b(3, in);
        const float *inputs[3] = {in.data(), in.data(), in.data()};
        float *out_a[3] = {a[0].data(), a[1].data(), a[2].data()};
        float *out_b[3] = {b[0].data(), b[1].data(), b[2].data()};
        f.engine.process(inputs, out_a, static_cast<std::uint32_t>(frames));
        other.process(inputs, out_b, static_cast<std::uint32_t>(frames));
        for (std::size_t i = 0; i < in.size(); ++i)
            if (a[0][i] != b[0][i])
                return static_cast<int>(i);
        return -1;
    };
    {
        const std::vector<float> silence(480);
        std::vector<std::vector<float>> out(3, silence);
        const float *inputs[3] = {silence.data(), silence.data(), silence.data()};
        float *outputs[3] = {out[0].data(), out[1].data(), out[2].data()};
        other.process(inputs, outputs, 480);
    }
    // The gain of the limiter takes on the ceiling with the frame that comes in.
    CHECK(difference(static_cast<int>(kFrame) - 480) == -1);
    CHECK(difference(600) >= 0);
}

TEST_CASE("an application that gets a strip can be written to and read, and keeps its values") {
    Fixture f;
    int told = 0;
    f.state.observe_strips([&] { ++told; });
    CHECK_FALSE(f.state.find_parameter("strip/Web_Player/trim"));
    const auto slot = f.engine.add_strip({"Web Player", 0, {Channel::fl, Channel::fr}});
    REQUIRE(slot);
    f.state.exchange();
    CHECK(told == 1);
    CHECK(f.state.strip_names().size() == 1);
    CHECK(f.state.is_open(0));
    const auto trim = f.state.find_parameter("strip/Web_Player/trim");
    REQUIRE(trim);
    CHECK(f.state.path(*trim) == "strip/Web_Player/trim");
    const auto peak = f.state.find_meter("meter/strip/Web_Player/peak");
    REQUIRE(peak);
    CHECK(f.state.value(*peak) == -120.0f);
    for (const ParameterTarget target : f.state.all_parameters())
        CHECK(f.state.find_parameter(f.state.path(target)) == target);
    for (const MeterTarget target : f.state.all_meters())
        CHECK(f.state.find_meter(f.state.path(target)) == target);

    REQUIRE(f.state.write(std::vector<ParameterWrite>{{*trim, -100.0f}}));
    CHECK(f.state.value(*trim) == -60.0f);
    CHECK(f.engine.strip_values(0)[strip_parameter_id("trim")] == -60.0f);
    CHECK_FALSE(f.state.write(std::vector<ParameterWrite>{{{-1, trim->id, 1}, 0.0f}}));
    CHECK_FALSE(f.state.write(std::vector<ParameterWrite>{{{0, trim->id, 0}, 0.0f}}));
    CHECK_FALSE(f.state.write(std::vector<ParameterWrite>{{{0, kCeiling, 0}, 0.0f}}));
    CHECK_FALSE(f.state.write(std::vector<ParameterWrite>{{{-1, trim->id, -1}, 0.0f}}));

    // Another profile leaves strips alone, and so does the end of the application.
    REQUIRE(f.state.adopt(two_buses()));
    f.engine.remove_strip(*slot);
    f.run(4800);
    f.state.exchange();
    CHECK_FALSE(f.state.is_open(0));
    CHECK(f.state.value(*trim) == -60.0f);
    CHECK(f.state.know_strip("Web_Player") == 0);
    CHECK(f.state.know_strip("other") == 1);
    CHECK(told == 2);
}

TEST_CASE("what people have written to a strip can be taken back") {
    Fixture f;
    const auto slot = f.engine.add_strip({"game", 0, {Channel::fl, Channel::fr}, -30.0f});
    REQUIRE(slot);
    f.state.exchange();
    const auto trim = f.state.find_parameter("strip/game/trim");
    const auto on = f.state.find_parameter("strip/game/rider/on");
    const auto target = f.state.find_parameter("strip/game/rider/target");
    REQUIRE((trim && on && target));
    const auto in_engine = [&](ParameterTarget t) { return f.engine.strip_values(t.strip)[t.id]; };
    REQUIRE(
        f.state.write(std::vector<ParameterWrite>{{*trim, -6.0f}, {*on, 0.0f}, {*target, -12.0f}})
            .has_value());
    std::vector<ParameterTarget> told;
    f.state.observe([&](ParameterTarget t, float) { told.push_back(t); });
    f.state.take_back({*trim, *on, *target});
    CHECK(told.size() == 3);
    CHECK(f.state.value(*trim) == 0.0f);
    CHECK(f.state.value(*on) == 1.0f);
    CHECK(f.state.value(*target) == -30.0f);
    for (const ParameterTarget &each : {*trim, *on, *target})
        CHECK(in_engine(each) == f.state.value(each));
    // The rule has its way again.
    f.engine.set_strip_level(*slot, -24.0f);
    f.state.exchange();
    CHECK(f.state.value(*target) == -24.0f);
    f.engine.remove_strip(*slot);
    f.state.take_back({*target});
    CHECK(f.state.value(*target) == parameter(target->id).default_value);
}

TEST_CASE("what a rule does to a strip is told, as the doing of a rule") {
    Fixture f;
    const ChannelLayout stereo{Channel::fl, Channel::fr};
    const auto slot = f.engine.add_strip({"game", 0, stereo, -30.0f});
    REQUIRE(slot);
    f.state.exchange();
    const auto on = f.state.find_parameter("strip/game/rider/on");
    const auto target = f.state.find_parameter("strip/game/rider/target");
    CHECK(f.state.value(on.value()) == 1.0f);
    CHECK(f.state.value(target.value()) == -30.0f);
    std::vector<std::pair<ParameterTarget, float>> told;
    f.state.observe([&](ParameterTarget about, float value) {
        CHECK(f.state.is_following_rule());
        told.emplace_back(about, value);
    });
    f.engine.set_strip_level(*slot, -24.0f);
    f.state.exchange();
    f.state.exchange();
    CHECK(told == std::vector<std::pair<ParameterTarget, float>>{{*target, -24.0f}});
    CHECK(f.state.value(*target) == -24.0f);
    CHECK_FALSE(f.state.is_following_rule());
}
