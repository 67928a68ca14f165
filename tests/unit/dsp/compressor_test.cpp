// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/compressor.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;
using namespace headroom::test;
using dsp::Compressor;
using Settings = Compressor::Settings;

namespace {

constexpr double kRate_hz = 48000.0;

Audio compressed(Compressor &compressor, Audio audio, Cut cut = {}) {
    run(
        audio, [&](dsp::AudioBlock block) { compressor.process(block); }, cut);
    return audio;
}

Audio compressed(const Settings &settings, Audio audio, Cut cut = {}) {
    Compressor compressor(kRate_hz, static_cast<int>(audio.size()));
    compressor.set(settings);
    return compressed(compressor, std::move(audio), cut);
}

double end_level_db(const Channel &x) {
    return level_db(highest_sample({Channel(x.end() - 9600, x.end())}));
}

/// Textbook curve, written the other way round than in the code: output level for input level.
double output_level_db(const Settings &s, double in) {
    const auto t = static_cast<double>(s.threshold_dbfs);
    const auto w = static_cast<double>(s.knee_db);
    const auto ratio = static_cast<double>(s.ratio);
    if (2.0 * (in - t) < -w)
        return in;
    if (2.0 * std::fabs(in - t) <= w && w > 0.0)
        return in + (1.0 / ratio - 1.0) * std::pow(in - t + w / 2.0, 2) / (2.0 * w);
    return t + (in - t) / ratio;
}

/// Peak detector without sidechain filter: a level of 1 is 0 dBFS at any time.
Settings plain() {
    Settings settings;
    settings.detector = Compressor::Detector::peak;
    settings.sidechain_highpass_hz = 20.0f;
    return settings;
}

} // namespace

TEST_CASE("static curve follows theory over ratio, knee and threshold") {
    for (const float ratio : {1.0f, 1.5f, 4.0f, 20.0f})
        for (const float knee : {0.0f, 6.0f, 24.0f})
            for (const float threshold : {-50.0f, -20.0f, -3.0f}) {
                Settings settings = plain();
                settings.ratio = ratio;
                settings.knee_db = knee;
                settings.threshold_dbfs = threshold;
                for (double level = -70.0; level <= 12.0; level += 0.7)
                    CHECK(level + static_cast<double>(Compressor::gain_for_level_db(
                                      settings, static_cast<float>(level))) ==
                          Approx(output_level_db(settings, level)).margin(1e-4));
            }
}

TEST_CASE("steady tones come out at the level of the static curve") {
    for (const auto detector : {Compressor::Detector::peak, Compressor::Detector::rms})
        for (const double level : {-30.0, -18.0, -6.0, 3.0}) {
            Settings settings = plain();
            settings.detector = detector;
            settings.ratio = 3.0f;
            const Audio out = compressed(settings, {sine(997.0, level, 2.5, kRate_hz)});
            const double heard = detector == Compressor::Detector::rms ? level - 3.0103 : level;
            CAPTURE(static_cast<int>(detector), level);
            CHECK(end_level_db(out[0]) ==
                  Approx(level + output_level_db(settings, heard) - heard).margin(0.05));
        }
}

TEST_CASE("attack and release are time constants of the reduction in dB") {
    for (const float attack_ms : {1.0f, 10.0f, 100.0f})
        for (const float release_ms : {20.0f, 200.0f}) {
            Settings settings = plain();
            settings.attack_ms = attack_ms;
            settings.release_ms = release_ms;
            settings.ratio = 4.0f;
            settings.knee_db = 0.0f;
            Channel x(48000, 1e-3f);
            x.insert(x.end(), 96000, 1.0f);
            x.insert(x.end(), 96000, 1e-3f);
            const Audio out = compressed(settings, {x});
            const auto gain_db = [&](double seconds) {
                const auto i = static_cast<std::size_t>(std::lround(seconds * kRate_hz));
                return level_db(static_cast<double>(out[0][i])) -
                       level_db(static_cast<double>(x[i]));
            };
            const double full = gain_db(2.99);
            CAPTURE(attack_ms, release_ms);
            CHECK(full == Approx(-15.0).margin(0.05));
            const auto crossing = [&](double start, double target) {
                double t = start;
                while ((gain_db(t) - target) * (gain_db(start) - target) > 0.0)
                    t += 1.0 / kRate_hz;
                return (t - start) * 1000.0;
            };
            CHECK(crossing(1.0, full * (1.0 - std::exp(-1.0))) ==
                  Approx(attack_ms).epsilon(0.02).margin(0.03));
            // The detector holds a crest for 10 ms; release counts from there.
            CHECK(crossing(3.01, full * std::exp(-1.0)) ==
                  Approx(release_ms).epsilon(0.02).margin(0.05));
        }
}

TEST_CASE("makeup, automatic makeup and mix") {
    Settings settings = plain();
    settings.ratio = 4.0f;
    settings.knee_db = 0.0f;
    const Audio tone{sine(997.0, -8.0, 1.5, kRate_hz)}; // 12 dB over: -9 dB
    settings.makeup_db = 5.0f;
    CHECK(end_level_db(compressed(settings, tone)[0]) == Approx(-12.0).margin(0.05));
    settings.makeup_db = 0.0f;
    settings.auto_makeup = true; // half of the 15 dB at full scale
    CHECK(end_level_db(compressed(settings, tone)[0]) == Approx(-9.5).margin(0.05));
    settings.auto_makeup = false;
    settings.mix_percent = 25.0f;
    CHECK(end_level_db(compressed(settings, tone)[0]) ==
          Approx(-8.0 + level_db(0.75 + 0.25 * amplitude(-9.0))).margin(0.05));
    settings.mix_percent = 0.0f;
    CHECK(compressed(settings, tone) == tone);
}

TEST_CASE("below the knee the audio passes bit for bit") {
    Audio in{noise(-40.0, 0.5, kRate_hz, 1), noise(-40.0, 0.5, kRate_hz, 2)};
    CHECK(compressed(Settings{}, in, {32, true}) == in);
}

TEST_CASE("the sidechain high-pass makes the detector deaf for bass, not the audio path") {
    Settings settings = plain();
    settings.sidechain_highpass_hz = 500.0f;
    settings.ratio = 20.0f;
    CHECK(end_level_db(compressed(settings, {sine(50.0, -10.0, 1.0, kRate_hz)})[0]) ==
          Approx(-10.0).margin(0.01));
    CHECK(end_level_db(compressed(settings, {sine(5000.0, -10.0, 1.0, kRate_hz)})[0]) < -18.0);
}

TEST_CASE("one gain for all channels, and it is metered") {
    Compressor compressor(kRate_hz, 2);
    compressor.set(plain());
    const Audio in{sine(997.0, 0.0, 1.0, kRate_hz), sine(500.0, -30.0, 1.0, kRate_hz)};
    const Audio out = compressed(compressor, in);
    CHECK(end_level_db(out[0]) == Approx(-10.0).margin(0.05));
    CHECK(end_level_db(out[1]) == Approx(-40.0).margin(0.05));
    CHECK(compressor.take_gain_reduction_db() == Approx(-10.0).margin(0.05));
    CHECK(compressor.take_gain_reduction_db() == 0.0f);
    compressor.reset();
    CHECK(compressed(compressor, in) == out);
}

TEST_CASE("compressor output does not depend on the cut, settings moving") {
    Channel x = noise(-3.0, 1.0, kRate_hz, 1);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] *= (i / 5000) % 2 == 0 ? 1.0f : 0.02f;
    Audio expected;
    for (const Cut cut : {Cut{32, false}, Cut{1, false}, Cut{32, true}}) {
        Compressor compressor(kRate_hz, 1);
        Audio out{x};
        run(
            out, [&](dsp::AudioBlock block) { compressor.process(block); }, cut,
            [&](std::size_t frame) {
                Settings settings;
                settings.makeup_db = static_cast<float>(frame) / 4800.0f;
                settings.threshold_dbfs = -40.0f + static_cast<float>(frame) / 2400.0f;
                compressor.set(settings);
            });
        if (expected.empty())
            expected = out;
        CHECK(out == expected);
    }
}

TEST_CASE("a jump of makeup is a straight line over a grid period") {
    Compressor compressor(kRate_hz, 1);
    Settings settings = plain();
    settings.threshold_dbfs = 0.0f;
    settings.knee_db = 0.0f;
    Audio audio{Channel(9600, 0.1f)};
    run(
        audio, [&](dsp::AudioBlock block) { compressor.process(block); }, {},
        [&](std::size_t frame) {
            settings.makeup_db = frame < 4800 ? 0.0f : 12.0f;
            compressor.set(settings);
        });
    CHECK(audio[0][4799] == 0.1f);
    const double whole = static_cast<double>(audio[0].back() - audio[0].front());
    for (std::size_t i = 1; i < audio[0].size(); ++i)
        REQUIRE(std::fabs(static_cast<double>(audio[0][i] - audio[0][i - 1])) <
                1.01 * whole / dsp::kGridFrames);
}
