// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/gate.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

using namespace headroom;
using namespace headroom::test;
using dsp::Gate;
using Settings = Gate::Settings;

namespace {

constexpr double kRate_hz = 48000.0;

Audio gated(Audio audio, const Settings &settings, double sample_rate_hz = kRate_hz, Cut cut = {}) {
    Gate gate(sample_rate_hz, static_cast<int>(audio.size()));
    gate.set(settings);
    run(
        audio, [&](dsp::AudioBlock block) { gate.process(block); }, cut);
    return audio;
}

/// The gain of every frame: the second channel is far under the first, so that it carries the gain
/// without deciding it.
std::vector<double> gains(const Channel &signal, const Settings &settings,
                          double sample_rate_hz = kRate_hz) {
    constexpr float kTracer = 1e-9f;
    const Audio out = gated({signal, Channel(signal.size(), kTracer)}, settings, sample_rate_hz);
    std::vector<double> gain;
    for (const float v : out[1])
        gain.push_back(static_cast<double>(v / kTracer));
    return gain;
}

/// A square wave: its peak level is that of every sample.
Channel square(double level_db, std::size_t frames) {
    Channel x(frames);
    for (std::size_t i = 0; i < frames; ++i)
        x[i] = static_cast<float>(i / 24 % 2 == 0 ? amplitude(level_db) : -amplitude(level_db));
    return x;
}

/// Frame at which the gain has covered 63.2 % of the way from one frame's value to another.
std::size_t time_constant_frames(const std::vector<double> &gain, std::size_t from,
                                 std::size_t to) {
    const double reached = gain[to] + (gain[from] - gain[to]) * std::exp(-1.0);
    const bool rises = gain[to] > gain[from];
    std::size_t frame = from;
    while (rises ? gain[frame] < reached : gain[frame] > reached)
        ++frame;
    return frame - from;
}

bool same_bits(const Audio &a, const Audio &b) {
    for (std::size_t c = 0; c < a.size(); ++c)
        if (std::memcmp(a[c].data(), b[c].data(), a[c].size() * sizeof(float)) != 0)
            return false;
    return a.size() == b.size();
}

} // namespace

TEST_CASE("an open gate copies bit for bit") {
    Settings s;
    s.threshold_dbfs = -30.0f;
    for (const float highpass_hz : {20.0f, 200.0f}) {
        s.sidechain_highpass_hz = highpass_hz;
        const Audio in{sine(1000.0, -20.0, 1.0, kRate_hz), noise(-40.0, 1.0, kRate_hz, 1)};
        CHECK(same_bits(gated(in, s), in));
    }
}

TEST_CASE("a closed gate follows its static curve") {
    for (const float ratio : {1.5f, 2.0f, 4.0f, 20.0f})
        for (const float range_db : {12.0f, 40.0f, 90.0f})
            for (const double level_dbfs : {-41.0, -43.0, -48.0, -55.0, -70.0}) {
                Settings s;
                s.threshold_dbfs = -40.0f;
                s.hysteresis_db = 0.0f;
                s.ratio = ratio;
                s.range_db = range_db;
                s.release_ms = 10.0f;
                const double theory_db =
                    std::max(-static_cast<double>(range_db),
                             (static_cast<double>(ratio) - 1.0) * (level_dbfs + 40.0));
                CAPTURE(ratio, range_db, level_dbfs);
                for (const double frequency_hz : {60.0, 997.0, 6000.0}) {
                    CAPTURE(frequency_hz);
                    const auto gain = gains(sine(frequency_hz, level_dbfs, 0.6, kRate_hz), s);
                    CHECK(level_db(gain.back()) == Approx(theory_db).margin(0.05));
                }
                CHECK(static_cast<double>(Gate::gain_for_level_db(
                          s, static_cast<float>(level_dbfs))) == Approx(theory_db).margin(0.001));
            }
}

TEST_CASE("attack and release are the gain's time constants") {
    for (const double rate_hz : {44100.0, 96000.0})
        for (const float attack_ms : {0.5f, 5.0f, 50.0f})
            for (const float release_ms : {20.0f, 300.0f}) {
                Settings s;
                s.threshold_dbfs = -40.0f;
                s.attack_ms = attack_ms;
                s.release_ms = release_ms;
                s.hold_ms = 10.0f;
                const auto seconds = [&](double t) {
                    return static_cast<std::size_t>(t * rate_hz);
                };
                // Silent until 4 s, loud until 8 s, silent.
                Channel x(seconds(4.0), 0.0f);
                append(x, square(-20.0, seconds(4.0)));
                append(x, Channel(seconds(4.0), 0.0f));
                const auto gain = gains(x, s, rate_hz);
                CAPTURE(rate_hz, attack_ms, release_ms);
                const double frame_ms = 1e3 / rate_hz;
                const auto attack = time_constant_frames(gain, seconds(4.0) - 1, seconds(8.0) - 1);
                CHECK(static_cast<double>(attack) * frame_ms ==
                      Approx(static_cast<double>(attack_ms)).epsilon(0.02).margin(frame_ms));
                const std::size_t falls = seconds(8.0) + seconds(0.010) - 1;
                const auto release = time_constant_frames(gain, falls, x.size() - 1);
                CHECK(static_cast<double>(release) * frame_ms ==
                      Approx(static_cast<double>(release_ms)).epsilon(0.02).margin(frame_ms));
            }
}

TEST_CASE("the gate rises at the sample that reaches the threshold, and ends fully open") {
    Settings s;
    s.threshold_dbfs = -40.0f;
    s.attack_ms = 1.0f;
    constexpr std::size_t kRises = 48017;
    Channel x(kRises, 0.0f);
    append(x, square(-39.9, 48000));
    const auto gain = gains(x, s);
    CHECK(gain[kRises - 1] == Approx(gain[kRises - 2]));
    CHECK(gain[kRises] > 2.0 * gain[kRises - 1]);
    CHECK(gain.back() == 1.0);
}

TEST_CASE("hold counts from the last sample that kept the gate open") {
    for (const float hold_ms : {10.0f, 50.0f, 500.0f}) {
        Settings s;
        s.threshold_dbfs = -40.0f;
        s.hysteresis_db = 0.0f;
        s.hold_ms = hold_ms;
        s.release_ms = 5.0f;
        constexpr std::size_t kEnds = 10007;
        Channel x = square(-20.0, kEnds);
        append(x, Channel(48000, 0.0f));
        const auto gain = gains(x, s);
        const auto falls = static_cast<std::size_t>(
            std::find_if(gain.begin(), gain.end(), [](double g) { return g < 1.0; }) -
            gain.begin());
        CAPTURE(hold_ms);
        CHECK(static_cast<double>(falls - kEnds) / 48.0 ==
              Approx(static_cast<double>(hold_ms)).epsilon(0.002));
    }
}

TEST_CASE("hysteresis and hold keep a wavering level from chattering") {
    // 3 dB of waver around the threshold, 7 times a second.
    Channel x = sine(997.0, -40.0, 4.0, kRate_hz);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double waver_db =
            1.5 * std::sin(2.0 * 3.14159265 * 7.0 * static_cast<double>(i) / kRate_hz);
        x[i] = static_cast<float>(static_cast<double>(x[i]) * amplitude(waver_db));
    }
    const auto turns = [&](float hysteresis_db, float hold_ms) {
        Settings s;
        s.threshold_dbfs = -40.0f;
        s.ratio = 20.0f;
        s.hysteresis_db = hysteresis_db;
        s.hold_ms = hold_ms;
        s.release_ms = 5.0f;
        const auto gain = gains(x, s);
        int count = 0;
        for (std::size_t i = 1; i < gain.size(); ++i)
            count += (gain[i - 1] == 1.0) && gain[i] < 1.0;
        return count;
    };
    CHECK(turns(0.0f, 10.0f) > 20);
    CHECK(turns(4.0f, 10.0f) == 0);
    CHECK(turns(0.0f, 200.0f) == 0);
}

TEST_CASE("the gain of a gate moves without steps") {
    Settings s;
    s.threshold_dbfs = -40.0f;
    s.attack_ms = 1.0f;
    s.range_db = 90.0f;
    Channel x;
    Random random(4);
    for (int i = 0; i < 40; ++i)
        append(x, square(random.between(-80.0, -10.0), 4000 + random.bits() % 1000));
    const auto gain = gains(x, s);
    const double fastest = -std::expm1(-1.0 / 48.0); // of a full swing, with 1 ms
    for (std::size_t i = 1; i < gain.size(); ++i)
        REQUIRE(std::fabs(gain[i] - gain[i - 1]) <= fastest + 1e-6);
}

TEST_CASE("the sidechain high-pass keeps rumble from opening the gate") {
    Settings s;
    s.threshold_dbfs = -40.0f;
    const Channel rumble = sine(30.0, -30.0, 1.0, kRate_hz);
    CHECK(gains(rumble, s).back() == 1.0);
    s.sidechain_highpass_hz = 200.0f;
    CHECK(level_db(gains(rumble, s).back()) < -20.0);
    CHECK(gains(sine(1000.0, -30.0, 1.0, kRate_hz), s).back() == 1.0);
}

TEST_CASE("one gain for all channels, decided by the loudest") {
    Settings s;
    s.threshold_dbfs = -40.0f;
    s.release_ms = 20.0f;
    Audio in;
    for (int c = 0; c < 6; ++c)
        in.push_back(sine(500.0 + 100.0 * c, c == 4 ? -20.0 : -80.0, 0.5, kRate_hz));
    CHECK(same_bits(gated(in, s), in));
    in[4] = in[3];
    const Audio closed = gated(in, s);
    for (int c = 0; c < 6; ++c)
        CHECK(highest_sample({Channel(closed[static_cast<std::size_t>(c)].end() - 480,
                                      closed[static_cast<std::size_t>(c)].end())}) <
              amplitude(-115.0));
}

TEST_CASE("the gate's output does not depend on how the stream is cut") {
    Settings s;
    s.threshold_dbfs = -20.0f;
    s.hold_ms = 10.0f;
    s.sidechain_highpass_hz = 100.0f;
    Audio in{noise(-10.0, 1.0, kRate_hz, 2), noise(-20.0, 1.0, kRate_hz, 3)};
    for (Channel &channel : in)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] *= i / 3000 % 2 == 0 ? 1.0f : 0.05f;
    const Audio whole = gated(in, s);
    CHECK_FALSE(same_bits(whole, in));
    CHECK(same_bits(gated(in, s, kRate_hz, {1, false}), whole));
    CHECK(same_bits(gated(in, s, kRate_hz, {7, false}), whole));
    CHECK(same_bits(gated(in, s, kRate_hz, {32, true}), whole));
}

TEST_CASE("bad samples do not stay in the gate") {
    Settings s;
    s.threshold_dbfs = -40.0f;
    s.sidechain_highpass_hz = 100.0f;
    Channel x = sine(1000.0, -20.0, 0.2, kRate_hz);
    x[100] = std::numeric_limits<float>::quiet_NaN();
    x[200] = std::numeric_limits<float>::infinity();
    x[300] = -1e38f;
    x[301] = 1e-42f;
    const auto gain = gains(x, s);
    CHECK(std::all_of(gain.begin(), gain.end(), [](double g) { return g >= 0.0 && g <= 1.0; }));
    append(x, Channel(96000, 0.0f));
    append(x, sine(1000.0, -20.0, 0.2, kRate_hz));
    const auto later = gains(x, s);
    CHECK(later[105000] < 0.02);
    CHECK(later.back() == 1.0);
}

TEST_CASE("the gate's meter holds the strongest reduction since it was read") {
    Gate gate(kRate_hz, 1);
    Settings s;
    s.threshold_dbfs = -40.0f;
    s.range_db = 30.0f;
    gate.set(s);
    CHECK(gate.take_gain_reduction_db() == 0.0f);
    Audio quiet{Channel(96000, 0.0f)};
    run(quiet, [&](dsp::AudioBlock block) { gate.process(block); });
    CHECK(gate.take_gain_reduction_db() == Approx(-30.0).margin(0.01));
    Audio loud{square(-10.0, 48000)};
    run(loud, [&](dsp::AudioBlock block) { gate.process(block); });
    CHECK(gate.take_gain_reduction_db() < -20.0f);
    CHECK(gate.take_gain_reduction_db() == 0.0f);
    gate.reset();
    CHECK(gate.take_gain_reduction_db() == 0.0f);
}
