// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/strict_meter.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <limits>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr double kCeiling_db = -1.0;

/// Music 20 dB over full scale with all that a broken source might send in between.
Audio hostile(int channels, int frames) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    Audio audio = programme(channels, frames, 5, 10.0f);
    Random random(5);
    for (auto &x : audio)
        for (std::size_t at = 0; at + 64 < x.size(); at += 4000 + random.bits() % 8000) {
            const std::uint32_t kind = random.bits() % 5;
            for (std::size_t i = at; i < at + 1 + random.bits() % 48; ++i) {
                const float sign = i % 2 == 0 ? 1.0f : -1.0f;
                const float broken[] = {std::numeric_limits<float>::quiet_NaN(), sign * kInfinity,
                                        std::numeric_limits<float>::max(),
                                        std::numeric_limits<float>::denorm_min(), sign * 900.0f};
                x[i] = broken[kind];
            }
        }
    // Signs as those of a sinc half a frame after the middle: no higher peak can be.
    for (std::size_t c = 0; c < audio.size(); ++c)
        for (std::size_t at = 3000 + 700 * c; at + 300 < audio[c].size(); at += 9000)
            for (std::size_t k = 0; k < 128; ++k) {
                const float value = k % 2 == 0 ? 4.0f : -4.0f;
                audio[c][at + 127 - k] = value;
                audio[c][at + 128 + k] = value;
            }
    return audio;
}

} // namespace

TEST_CASE("no meter reads hostile input over the ceiling behind the whole chain") {
    for (const double rate : {44100.0, 48000.0, 96000.0})
        for (const char *layout : {"mono", "stereo", "7.1"})
            for (const float mode : {0.0f, 1.0f, 2.0f})
                for (const float agc : {0.0f, 1.0f}) {
                    const auto engine = one_bus(settings({{parameter_id("limiter/mode"), mode},
                                                          {parameter_id("agc/on"), agc}}),
                                                rate, layout);
                    const Audio out =
                        run(*engine, hostile(engine->channel_count(), 48000), at_random(4, 800));
                    const double interesting = 0.9 * amplitude(kCeiling_db);
                    CAPTURE(rate, std::string(layout), mode, agc);
                    CHECK(level_db(highest_sample(out)) <= kCeiling_db);
                    CHECK(level_db(highest_sample(out)) > kCeiling_db - 3.0);
                    CHECK(level_db(TruePeakReference::strict().peak(out, interesting)) <=
                          kCeiling_db);
                    CHECK(level_db(TruePeakReference::dac().peak(out, interesting)) <= kCeiling_db);
                    CHECK(level_db(itu_peak(out)) <= kCeiling_db);
                }
}
