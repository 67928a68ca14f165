// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/cross_fade.hpp"
#include "jack_client/engine/parameter_smoother.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <cstdlib>
#include <vector>

using namespace headroom;
using namespace headroom::engine;

namespace {

constexpr ParameterId kThreshold = parameter_id("compressor/threshold"); // smoothed, 20 ms

} // namespace

TEST_CASE("a parameter without smoothing takes its value at once") {
    ParameterSmoother smoother(ParameterValues{}, 48000.0);
    CHECK_FALSE(smoother.take_changed());
    smoother.set_target(kCeiling, -6.0f);
    CHECK(smoother.values()[kCeiling] == -6.0f);
    CHECK(smoother.take_changed());
    CHECK_FALSE(smoother.take_changed());
}

TEST_CASE("a smoothed parameter approaches its target with the registry's time constant") {
    const double rate_hz = GENERATE(44100.0, 48000.0, 192000.0);
    CAPTURE(rate_hz);
    ParameterSmoother smoother(ParameterValues{}, rate_hz);
    const float from = smoother.values()[kThreshold];
    smoother.set_target(kThreshold, -60.0f);
    CHECK(smoother.values()[kThreshold] == from);
    const double tau_ms = static_cast<double>(parameter(kThreshold).smoothing_ms);
    const int steps = static_cast<int>(std::lround(tau_ms * 1e-3 * rate_hz / 32));
    for (int i = 0; i < steps; ++i)
        smoother.step();
    const float covered = (smoother.values()[kThreshold] - from) / (-60.0f - from);
    CHECK(static_cast<double>(covered) == Approx(1.0 - std::exp(-1.0)).margin(0.02));
}

TEST_CASE("a smoothed parameter moves one way, arrives exactly and then rests") {
    ParameterSmoother smoother(ParameterValues{}, 48000.0);
    smoother.set_target(kThreshold, -1.7f);
    float last = smoother.values()[kThreshold];
    int steps = 0;
    for (; smoother.values()[kThreshold] != -1.7f; ++steps) {
        REQUIRE(steps < 1000);
        smoother.step();
        CHECK(smoother.take_changed());
        CHECK(smoother.values()[kThreshold] > last);
        last = smoother.values()[kThreshold];
    }
    CHECK(steps > 30);
    smoother.step();
    CHECK_FALSE(smoother.take_changed());
}

TEST_CASE("a target that changes on the way is followed from where the value is") {
    ParameterSmoother smoother(ParameterValues{}, 48000.0);
    smoother.set_target(kThreshold, 0.0f);
    for (int i = 0; i < 10; ++i)
        smoother.step();
    const float turned_at = smoother.values()[kThreshold];
    smoother.set_target(kThreshold, -60.0f);
    CHECK(smoother.values()[kThreshold] == turned_at);
    smoother.step();
    CHECK(smoother.values()[kThreshold] < turned_at);
    CHECK(std::fabs(smoother.values()[kThreshold] - turned_at) < 60.0f * 0.05f);
}

TEST_CASE("a cross-fade takes 20 ms, starts and ends flat, and mixes exactly at its ends") {
    CrossFade fade(48000.0);
    CHECK(fade.only_first());
    fade.toward_second();
    std::vector<float> gains;
    while (!fade.only_second()) {
        REQUIRE(gains.size() < 2000);
        float gain = 0.0f;
        fade.advance({&gain, 1});
        gains.push_back(gain);
    }
    CHECK(gains.size() == 960);
    CHECK(gains.front() == 0.0f);
    float largest_bend = 0.0f;
    for (std::size_t i = 2; i < gains.size(); ++i) {
        CHECK(gains[i] >= gains[i - 1]);
        largest_bend =
            std::max(largest_bend, std::fabs(gains[i] - 2.0f * gains[i - 1] + gains[i - 2]));
    }
    CHECK(largest_bend < 1e-5f);

    float gain = 0.0f;
    fade.advance({&gain, 1});
    CHECK(gain == 1.0f);
}

TEST_CASE("a cross-fade asked to turn back completes first, so that its slope never jumps") {
    CrossFade fade(48000.0);
    fade.toward_second();
    std::vector<float> gains{0.0f, 0.0f};
    for (int i = 0; i < 4000; ++i) {
        if (i == 333)
            fade.toward_first();
        if (i == 1500)
            fade.toward_second();
        float gain = 0.0f;
        fade.advance({&gain, 1});
        gains.push_back(gain);
    }
    CHECK(gains[2 + 960] == 1.0f);
    CHECK(gains[2 + 1920] == 0.0f);
    CHECK(gains.back() == 1.0f);
    float largest_bend = 0.0f;
    for (std::size_t i = 2; i < gains.size(); ++i)
        largest_bend =
            std::max(largest_bend, std::fabs(gains[i] - 2.0f * gains[i - 1] + gains[i - 2]));
    CHECK(largest_bend < 1e-5f);
}

TEST_CASE("mixing gives either signal bit for bit at the ends") {
    std::vector<float> a{-0.0f, 1e-42f, 0.3f, -1e30f};
    std::vector<float> b{0.1f, -0.0f, 1e-42f, 7.0f};
    const std::vector<float> a_before = a;
    float *pa = a.data();
    float *pb = b.data();
    FadeGains gains{};
    mix({&pa, 1, 4}, {&pb, 1, 4}, gains);
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i] == a_before[i]);
        CHECK(std::signbit(a[i]) == std::signbit(a_before[i]));
    }
    gains.fill(1.0f);
    mix({&pa, 1, 4}, {&pb, 1, 4}, gains);
    CHECK(a == b);
}
