// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/conformance/agc/programme.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/music/music.hpp"

#include <cmath>
#include <string>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr double kTarget_lufs = -18.0;
constexpr double kAttack_db_per_s = 6.0;
constexpr double kRelease_db_per_s = 1.5;
constexpr double kCeiling_dbtp = -1.0;

/// Music of the three tracks: 'a', 'b' or 'c'.
Audio track(char which, double from_s, double seconds) {
    const std::string file = std::string("usr/share/games/rrootage/sounds/stg_") + which + ".ogg";
    return stretch(music("rrootage-data", file), from_s, seconds);
}

double seconds(const Audio &audio) {
    return static_cast<double>(audio[0].size()) / kRate_hz;
}

Audio part(const Audio &audio, double from_s, double to_s) {
    Audio out;
    for (const auto &channel : audio)
        out.emplace_back(channel.begin() + std::lround(from_s * kRate_hz),
                         channel.begin() + std::lround(to_s * kRate_hz));
    return out;
}

/// The default chain, or AGC and limiter alone.
ParameterValues chain(bool with_compressor) {
    ParameterValues values;
    values[parameter_id("compressor/on")] = with_compressor ? 1.0f : 0.0f;
    return values;
}

} // namespace

TEST_CASE("a programme of quiet and loud tracks ends at the target, within the set rates") {
    Audio programme;
    append(programme, at_loudness(track('a', 0.0, 36.0), -26.0));
    append(programme, at_loudness(track('b', 0.0, 36.0), -8.0));
    append(programme, at_loudness(track('c', 0.0, 36.0), -20.0));
    append(programme, at_loudness(track('a', 40.0, 20.0), -12.0));
    append(programme, at_loudness(track('b', 0.0, 36.0), -24.0));
    append(programme, at_loudness(track('c', 0.0, 36.0), -16.0));
    for (const bool with_compressor : {true, false}) {
        const Passage passage(chain(with_compressor), programme);
        CAPTURE(with_compressor);
        CHECK(loudness_lufs(passage.output) == Approx(kTarget_lufs).margin(1.0));
        CHECK(reading(passage.meters, "output/integrated") ==
              Approx(loudness_lufs(passage.output)).margin(0.1));
        CHECK(static_cast<double>(reading(passage.meters, "output/max_true_peak")) <=
              kCeiling_dbtp + 0.001);
        CHECK(passage.gain.fastest_rise_db_per_s() == Approx(kRelease_db_per_s).epsilon(0.01));
        CHECK(passage.gain.fastest_fall_db_per_s() == Approx(kAttack_db_per_s).epsilon(0.01));
    }
}

TEST_CASE("the gain rests through a minute of silence and of room tone") {
    struct Rest {
        const char *name;
        Audio audio;
    };
    const Rest rests[] = {{"silence", silence(60.0)},
                          {"room tone just under the gate", room_tone(60.0, -52.0)},
                          {"room tone", room_tone(60.0, -65.0)}};
    for (const double level_lufs : {-24.0, -12.0})
        for (const Rest &rest : rests) {
            CAPTURE(level_lufs, rest.name);
            Audio programme;
            append(programme, at_loudness(track('a', 0.0, 25.0), level_lufs));
            const double pause_s = seconds(programme);
            append(programme, rest.audio);
            const double return_s = seconds(programme);
            append(programme, at_loudness(track('a', 25.0, 10.0), level_lufs));
            const Passage passage(chain(true), programme);
            const double held_db = passage.gain.at(pause_s);
            CHECK(std::fabs(held_db) > 3.0); // it had something to hold
            CHECK(passage.gain.lowest(pause_s, return_s) > held_db - 0.1);
            CHECK(passage.gain.highest(pause_s, return_s) < held_db + 0.1);
            // The music that returns is as loud as it was: no swell, no dip.
            CHECK(passage.gain.lowest(return_s, seconds(programme)) > held_db - 2.0);
            CHECK(passage.gain.highest(return_s, seconds(programme)) < held_db + 2.0);
        }
}

TEST_CASE("speech with pauses does not make the gain pump") {
    const Audio sentences = speech(75.0);
    const Audio air = room_tone(75.0, -60.0);
    for (const double level_lufs : {-23.0, -18.0, -12.0})
        for (const bool in_a_room : {false, true}) {
            CAPTURE(level_lufs, in_a_room);
            Audio programme = at_loudness(sentences, level_lufs);
            if (in_a_room)
                mix_in(programme, air);
            const Passage passage(chain(true), programme);
            constexpr double kSettled_s = 25.0;
            const double end_s = seconds(programme);
            const double lowest_db = passage.gain.lowest(kSettled_s, end_s);
            const double highest_db = passage.gain.highest(kSettled_s, end_s);
            CAPTURE(lowest_db, highest_db);
            CHECK(highest_db - lowest_db < 2.5);
            CHECK(passage.gain.path_db(kSettled_s, end_s) / (end_s - kSettled_s) < 0.3); // dB/s
            CHECK(loudness_lufs(part(passage.output, kSettled_s, end_s)) ==
                  Approx(kTarget_lufs).margin(2.0));
        }
}

TEST_CASE("a jump of 40 dB is recovered from as fast as the rates allow, under the ceiling") {
    ParameterValues values = chain(false);
    values[parameter_id("agc/max_boost")] = 30.0f;
    values[parameter_id("agc/max_cut")] = 30.0f;
    const auto tried = [&](const Audio &quiet, const Audio &loud, double allowed_db) {
        Audio programme;
        append(programme, at_loudness(quiet, -38.0));
        const double up_s = seconds(programme);
        append(programme, at_loudness(loud, 2.0));
        const double down_s = seconds(programme);
        append(programme, at_loudness(quiet, -38.0));
        const double end_s = seconds(programme);

        const Passage passage(values, programme);
        CHECK(passage.gain.at(up_s) == Approx(20.0).margin(2.0));
        // Short-term loudness knows after 3 s at the latest.
        const double found_s = up_s + 40.0 / kAttack_db_per_s + 3.0;
        CHECK(loudness_lufs(part(passage.output, found_s, down_s)) ==
              Approx(kTarget_lufs).margin(1.0));
        CHECK(passage.gain.at(down_s) == Approx(-20.0).margin(2.0));
        CHECK(passage.gain.at(down_s + 40.0 / kRelease_db_per_s + 3.0) ==
              Approx(passage.gain.at(end_s)).margin(1.5));
        CHECK(passage.gain.at(end_s) == Approx(20.0).margin(2.0));

        CHECK(static_cast<double>(reading(passage.meters, "output/max_true_peak")) <=
              kCeiling_dbtp + allowed_db);
        const auto frame = [](double time_s) {
            return static_cast<std::size_t>(std::lround(time_s * kRate_hz));
        };
        CHECK(true_peak_db(passage.output, frame(up_s - 0.5), frame(up_s + 8.0)) <=
              kCeiling_dbtp + allowed_db);
        CHECK(reading(passage.meters, "limiter/hard_frames") > 0.0f); // it was needed
    };
    SECTION("music") {
        tried(track('b', 0.0, 36.0), track('a', 0.0, 25.0), 0.001);
    }
    SECTION("noise") {
        tried(room_tone(34.0, -30.0), room_tone(20.0, -30.0),
              0.1); // the limiter's own bound for noise
    }
}
