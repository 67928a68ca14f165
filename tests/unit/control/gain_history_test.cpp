// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/gain_history.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;
using namespace headroom::control;

namespace {

constexpr double kRate_hz = 48000.0;
constexpr std::uint64_t kInterval = 960;

/// Meters of bus 0 for one interval.
engine::MeterFrame interval(std::uint64_t end_frame, float input_lufs, float output_lufs,
                            float agc_db = 0.0f, float limiter_db = 0.0f) {
    engine::MeterFrame frame;
    frame.frame = end_frame;
    frame.values[meter_id("input/momentary").index] = input_lufs;
    frame.values[meter_id("output/momentary").index] = output_lufs;
    frame.values[meter_id("output/true_peak").index] = output_lufs + 10.0f;
    frame.values[meter_id("agc/gain").index] = agc_db;
    frame.values[meter_id("limiter/gain_reduction").index] = limiter_db;
    return frame;
}

/// Whole seconds that are all alike.
void play(GainHistory &history, std::uint64_t from_second, int seconds, float input_lufs) {
    for (std::uint64_t i = 1; i <= 50u * static_cast<std::uint64_t>(seconds); ++i)
        history.take(interval(from_second * 48000 + i * kInterval, input_lufs, -20.0f), kRate_hz);
}

} // namespace

TEST_CASE("a row of the gain history is made of the second's intervals") {
    GainHistory history(1);
    for (std::uint64_t i = 1; i <= 50; ++i)
        history.take(interval(i * kInterval, -30.0f, i <= 25 ? -20.0f : -120.0f,
                              i <= 25 ? 8.0f : 10.0f, i == 7 ? -3.0f : -0.5f),
                     kRate_hz);
    CHECK(history.end_row(0) == 0);
    history.take(interval(51 * kInterval, -30.0f, -20.0f), kRate_hz);
    REQUIRE(history.end_row(0) == 1);
    const GainRow &row = history.row(0, 0);
    CHECK(row.input_lufs == Approx(-30.0f));
    CHECK(row.output_lufs == Approx(-23.01f).margin(0.01));
    CHECK(row.output_peak_dbtp == Approx(-10.0f));
    CHECK(row.agc_db == Approx(9.0f));
    CHECK(row.limiter_db == -3.0f);
    CHECK(row.total_db == Approx(6.99f).margin(0.01));
}

TEST_CASE("a second without programme has no gain, one without meters is empty") {
    GainHistory history(1);
    play(history, 0, 2, -120.0f);
    play(history, 5, 1, -30.0f);
    history.take(interval(6 * 48000 + kInterval, -30.0f, -20.0f), kRate_hz);
    REQUIRE(history.end_row(0) == 6);
    CHECK(history.row(0, 1).total_db == 0.0f);
    CHECK(history.row(0, 1).output_lufs == Approx(-20.0f));
    CHECK(history.row(0, 3) == GainRow{});
    CHECK(history.row(0, 5).total_db == Approx(10.0f));
}

TEST_CASE("the gain history keeps an hour, and goes on when the stream starts anew") {
    GainHistory history(2);
    for (std::uint64_t second = 0; second < 4000; ++second)
        history.take(
            interval(second * 48000 + kInterval, -30.0f - static_cast<float>(second % 7), -20.0f),
            kRate_hz);
    CHECK(history.end_row(0) == 3999);
    CHECK(history.first_row(0) == 399);
    CHECK(history.row(0, 3998).input_lufs == Approx(-30.0f - 3998 % 7));
    CHECK(history.row(0, 399).input_lufs == Approx(-30.0f - 399 % 7));
    CHECK(history.end_row(1) == 0);
    play(history, 0, 2, -40.0f);
    CHECK(history.end_row(0) == 4001);
    CHECK(history.row(0, 4000).input_lufs == Approx(-40.0f));
    history.take(interval(90000u * 48000u, -30.0f, -20.0f), kRate_hz);
    CHECK(history.end_row(0) - history.first_row(0) == GainHistory::kRows);
}
