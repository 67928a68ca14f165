// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/flush_to_zero.hpp"
#include "jack_client/engine/input_scrub.hpp"
#include "tests/support/catch.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using namespace headroom::engine;

namespace {

float scrubbed(float value) {
    float out = 12345.0f;
    scrub(&value, &out, 1);
    return out;
}

} // namespace

TEST_CASE("what is no number becomes silence, what is too loud is clamped") {
    using Limits = std::numeric_limits<float>;
    CHECK(scrubbed(Limits::quiet_NaN()) == 0.0f);
    CHECK(scrubbed(-Limits::quiet_NaN()) == 0.0f);
    CHECK(scrubbed(Limits::signaling_NaN()) == 0.0f);
    CHECK(scrubbed(Limits::infinity()) == 0.0f);
    CHECK(scrubbed(-Limits::infinity()) == 0.0f);
    CHECK(scrubbed(1e30f) == kMaximumInput_lin);
    CHECK(scrubbed(-1e30f) == -kMaximumInput_lin);
    CHECK(scrubbed(Limits::max()) == kMaximumInput_lin);
    CHECK(scrubbed(1000.0f) == 1000.0f);
    CHECK(scrubbed(-999.99f) == -999.99f);
}

TEST_CASE("every other number stays as it is, bit for bit, tiny ones and minus zero included") {
    const FlushToZero flush_to_zero;
    std::mt19937 random(7);
    std::vector<float> in{0.0f, -0.0f, 1.0f, -1.0f, 1e-38f, -1e-42f, 1e-45f, 999.0f};
    while (in.size() < 10000) {
        const auto bits = static_cast<std::uint32_t>(random());
        const std::uint32_t magnitude = bits & 0x7fffffffu;
        if (magnitude <= std::bit_cast<std::uint32_t>(kMaximumInput_lin))
            in.push_back(std::bit_cast<float>(bits));
    }
    std::vector<float> out(in.size());
    scrub(in.data(), out.data(), static_cast<int>(in.size()));
    int different = 0;
    for (std::size_t i = 0; i < in.size(); ++i)
        if (std::bit_cast<std::uint32_t>(in[i]) != std::bit_cast<std::uint32_t>(out[i]))
            ++different;
    CHECK(different == 0);
}

TEST_CASE("numbers are flushed to zero in the scope and only there") {
    volatile float tiny = std::numeric_limits<float>::min();
    volatile float result = tiny * 0.5f;
    CHECK(std::bit_cast<std::uint32_t>(float{result}) != 0);
    {
        const FlushToZero flush_to_zero;
        result = tiny * 0.5f;
        CHECK(std::bit_cast<std::uint32_t>(float{result}) == 0);
        volatile float subnormal = std::bit_cast<float>(std::uint32_t{1000});
        result = subnormal * 1e30f;
        CHECK(std::bit_cast<std::uint32_t>(float{result}) == 0);
    }
    result = tiny * 0.5f;
    CHECK(std::bit_cast<std::uint32_t>(float{result}) != 0);
}
