// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/channels.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;

namespace {

std::vector<float> weights_of(const char *layout) {
    return loudness_weights(find_layout(layout).value());
}

} // namespace

TEST_CASE("channels weigh by where their loudspeakers stand") {
    using enum Channel;
    using Weights = std::vector<float>;
    CHECK(weights_of("mono") == Weights{1.0f});
    CHECK(weights_of("stereo") == Weights{1.0f, 1.0f});
    CHECK(weights_of("5.1") == Weights{1.0f, 1.0f, 1.0f, 0.0f, 1.41f, 1.41f});
    // FL FR FC LFE RL RR SL SR: the rear pair stands behind 120 degrees.
    CHECK(weights_of("7.1") == Weights{1.0f, 1.0f, 1.0f, 0.0f, 1.0f, 1.0f, 1.41f, 1.41f});
    // 5.1 as many systems name it: the rear pair is the surround pair.
    CHECK(loudness_weights({fl, fr, rl, rr, fc, lfe}) ==
          Weights{1.0f, 1.0f, 1.41f, 1.41f, 1.0f, 0.0f});
}
