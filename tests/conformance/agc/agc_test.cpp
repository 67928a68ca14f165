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

/// Of the audio, the tenths of a second in which something is said.
Audio spoken(const Audio &audio, const Audio &sentences) {
    constexpr std::size_t kTenth = static_cast<std::size_t>(kRate_hz / 10.0);
    const auto power = [&](std::size_t from, std::size_t count) {
        double sum = 0.0;
        for (std::size_t i = from; i < from + count; ++i)
            sum += static_cast<double>(sentences[0][i] * sentences[0][i]);
        return sum / static_cast<double>(count);
    };
    const double mean = power(0, sentences[0].size());
    Audio out(audio.size());
    for (std::size_t at = 0; at + kTenth <= audio[0].size(); at += kTenth)
        if (power(at, kTenth) > 0.01 * mean)
            for (std::size_t c = 0; c < audio.size(); ++c)
                out[c].insert(out[c].end(), audio[c].begin() + static_cast<std::ptrdiff_t>(at),
                              audio[c].begin() + static_cast<std::ptrdiff_t>(at + kTenth));
    return out;
}

/// The default chain, or AGC and limiter alone.
ParameterValues chain(bool with_compressor) {
    ParameterValues values;
    values[parameter_id("compressor/on")] = with_compressor ? 1.0f : 0.0f;
    return values;
}

} // namespace

TEST_CASE("quiet and loud tracks all come to the target") {
    struct Track {
        char which;
        double from_s, length_s, level_lufs;
    };
    const Track tracks[] = {{'a', 0.0, 36.0, -26.0}, {'b', 0.0, 36.0, -8.0},
                            {'c', 0.0, 36.0, -20.0}, {'a', 40.0, 20.0, -12.0},
                            {'b', 0.0, 36.0, -24.0}, {'c', 0.0, 36.0, -16.0}};
    Audio programme;
    for (const Track &t : tracks)
        append(programme, at_loudness(track(t.which, t.from_s, t.length_s), t.level_lufs));
    for (const bool with_compressor : {true, false}) {
        const Passage passage(chain(with_compressor), programme);
        CAPTURE(with_compressor);
        // What is suddenly louder may be so for two seconds.
        CHECK(loudness_lufs(passage.output) == Approx(kTarget_lufs).margin(1.5));
        double end_s = 0.0;
        for (const Track &t : tracks) {
            end_s += t.length_s;
            CAPTURE(end_s);
            CHECK(loudness_lufs(part(passage.output, end_s - 12.0, end_s)) ==
                  Approx(kTarget_lufs).margin(2.0));
        }
        CHECK(reading(passage.meters, "output/integrated") ==
              Approx(loudness_lufs(passage.output)).margin(0.1));
        CHECK(static_cast<double>(reading(passage.meters, "output/max_true_peak")) <=
              kCeiling_dbtp + 0.001);
    }
}

TEST_CASE("the gain rests through silence and room tone, and goes home through long ones") {
    const auto tone = GENERATE(0.0, -52.0, -65.0); // silence, just under the gate, far under it
    const double level_lufs = GENERATE(-24.0, -12.0);
    const double pause_length_s = GENERATE(11.0, 60.0);
    CAPTURE(tone, level_lufs, pause_length_s);
    Audio programme;
    append(programme, at_loudness(track('a', 0.0, 25.0), level_lufs));
    const double pause_s = seconds(programme);
    append(programme, tone == 0.0 ? silence(pause_length_s) : room_tone(pause_length_s, tone));
    const double return_s = seconds(programme);
    append(programme, at_loudness(track('a', 25.0, 12.0), level_lufs));
    const double end_s = seconds(programme);
    const Passage passage(chain(true), programme);
    const double held_db = passage.gain.at(pause_s);
    CHECK(std::fabs(held_db) > 3.0); // it had something to hold
    const double held_s = pause_s + 11.0;
    CHECK(passage.gain.lowest(pause_s, held_s) > held_db - 0.1);
    CHECK(passage.gain.highest(pause_s, held_s) < held_db + 0.1);
    // Slowly home, and no further.
    CHECK(std::fabs(passage.gain.at(return_s)) < (pause_length_s > 12.0 ? 0.1 : 100.0));
    CHECK(passage.gain.path_db(pause_s, return_s) < std::fabs(held_db) + 0.2);
    // The music that returns is as loud as it was: no swell, no dip; after long at the latest soon.
    const double known_s = return_s + (pause_length_s > 12.0 ? 6.0 : 0.0);
    CHECK(passage.gain.lowest(known_s, end_s) > held_db - 2.0);
    CHECK(passage.gain.highest(known_s, end_s) < held_db + 2.0);
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
            CHECK(loudness_lufs(spoken(part(passage.output, kSettled_s, end_s),
                                       part(sentences, kSettled_s, end_s))) ==
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
        // What has lasted for 2 s is the programme; a second later that is known well.
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
    SECTION("noise") { // steady noise that is quiet would not be raised
        tried(track('b', 0.0, 36.0), room_tone(20.0, -30.0),
              0.1); // the limiter's own bound for noise
    }
}
