// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/demo_programme.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/app/reference_meter.hpp"

#include <algorithm>
#include <cmath>

using headroom::app::demo_programme;
using headroom::app::kDemoSeconds;

namespace {

float largest_step(const std::vector<float> &x, std::size_t begin, std::size_t end) {
    float step = 0.0f;
    for (std::size_t i = begin + 1; i < end; ++i)
        step = std::max(step, std::fabs(x[i] - x[i - 1]));
    return step;
}

} // namespace

TEST_CASE("The demo programme has something for every stage, at every rate") {
    for (const int rate_hz : {44100, 48000}) {
        CAPTURE(rate_hz);
        const auto demo = demo_programme(rate_hz);
        REQUIRE(demo.size() == 2);
        REQUIRE(demo[0].size() == static_cast<std::size_t>(kDemoSeconds * rate_hz));
        REQUIRE(demo[1].size() == demo[0].size());
        const auto part = [&](std::size_t from_s, std::size_t to_s) {
            const auto second = static_cast<std::size_t>(rate_hz);
            return reference::loudness(demo, rate_hz, from_s * second, to_s * second);
        };
        CHECK(part(0, 24).integrated_lufs == Approx(-10.6).margin(0.3));
        CHECK(part(0, 2).true_peak_dbtp < -12.0);
        // The chorus: over full scale within the first three seconds.
        CHECK(part(0, 3).true_peak_dbtp > 2.0);
        CHECK(part(2, 6).integrated_lufs == Approx(-7.2).margin(0.5));
        // The quiet passage, in reach of the AGC's boost and above its gate.
        CHECK(part(8, 14).integrated_lufs == Approx(-33.8).margin(0.7));
        CHECK(part(14, 19).integrated_lufs == Approx(-21.0).margin(1.0));
        CHECK(part(20, 22).true_peak_dbtp > 4.0);
        CHECK(part(0, 24).true_peak_dbtp < 7.0);
    }
}

TEST_CASE("The demo programme is the same every time and loops without a seam") {
    const auto demo = demo_programme(48000.0);
    CHECK(demo == demo_programme(48000.0));
    for (const auto &channel : demo) {
        const float seam = std::fabs(channel.front() - channel.back());
        CHECK(seam <= largest_step(channel, 0, 4800));
        CHECK(seam > 0.0f);
    }
    CHECK(demo[0] != demo[1]);
}

TEST_CASE("The demo programme is finite at every rate that a server may have") {
    for (const double rate_hz : {8000.0, 192000.0}) {
        const auto demo = demo_programme(rate_hz);
        for (const auto &channel : demo)
            CHECK(std::all_of(channel.begin(), channel.end(),
                              [](float x) { return std::fabs(x) < 4.0f; }));
    }
}
