// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/compressor.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace headroom;
using namespace headroom::test;
using dsp::Compressor;
using Settings = Compressor::Settings;

namespace {

Settings peak_detector() {
    Settings s;
    s.detector = Compressor::Detector::peak;
    s.sidechain_highpass_hz = 20.0f;
    s.attack_ms = 1.0f;
    s.release_ms = 50.0f;
    return s;
}

Audio compressed(Audio audio, const Settings &settings, double rate_hz = 48000.0) {
    Compressor compressor(rate_hz, static_cast<int>(audio.size()));
    compressor.set(settings);
    run(audio, [&](dsp::AudioBlock block) { compressor.process(block); });
    return audio;
}

double end_level_db(const Channel &x) {
    return level_db(highest_sample({Channel(x.end() - 4800, x.end())}));
}

/// Gain by the textbook: nothing, a parabola, a line.
double theory_db(const Settings &s, double level_dbfs) {
    const double over = level_dbfs - static_cast<double>(s.threshold_dbfs);
    const auto knee = static_cast<double>(s.knee_db);
    const double slope = 1.0 / static_cast<double>(s.ratio) - 1.0;
    if (over <= -0.5 * knee)
        return 0.0;
    if (over < 0.5 * knee)
        return slope * std::pow(over + 0.5 * knee, 2) / (2.0 * knee);
    return slope * over;
}

} // namespace

TEST_CASE("processed tones lie on the static curve over ratio, knee and threshold") {
    for (const float ratio : {1.5f, 3.0f, 20.0f})
        for (const float knee_db : {0.0f, 6.0f, 24.0f})
            for (const float threshold_dbfs : {-45.0f, -20.0f, -5.0f})
                for (const double over_db : {-9.0, -2.0, 0.0, 2.0, 15.0}) {
                    Settings s = peak_detector();
                    s.ratio = ratio;
                    s.knee_db = knee_db;
                    s.threshold_dbfs = threshold_dbfs;
                    const double level_dbfs = static_cast<double>(threshold_dbfs) + over_db;
                    CAPTURE(ratio, knee_db, threshold_dbfs, over_db);
                    const Audio out = compressed({sine(997.0, level_dbfs, 0.6, 48000.0)}, s);
                    CHECK(end_level_db(out[0]) - level_dbfs ==
                          Approx(theory_db(s, level_dbfs)).margin(0.05));
                }
}

TEST_CASE("attack and release hold at every rate") {
    for (const double rate_hz : {44100.0, 96000.0, 192000.0})
        for (const float attack_ms : {0.5f, 20.0f})
            for (const float release_ms : {30.0f, 400.0f}) {
                Settings s = peak_detector();
                s.knee_db = 0.0f;
                s.ratio = 4.0f;
                s.attack_ms = attack_ms;
                s.release_ms = release_ms;
                const auto frames = [&](double t) { return static_cast<std::size_t>(t * rate_hz); };
                Channel x(frames(0.5), 1e-3f);
                x.insert(x.end(), frames(1.0), 1.0f);
                x.insert(x.end(), frames(3.0), 1e-3f);
                const Channel out = compressed({x}, s, rate_hz)[0];
                const auto gain_db = [&](std::size_t i) {
                    return level_db(static_cast<double>(out[i]) / static_cast<double>(x[i]));
                };
                const double full_db = gain_db(frames(1.5) - 1);
                std::size_t risen = frames(0.5);
                while (gain_db(risen) > full_db * (1.0 - std::exp(-1.0)))
                    ++risen;
                // The detector holds a crest for 10 ms; release counts from there.
                const std::size_t falls = frames(1.5) + frames(0.010);
                std::size_t fallen = falls;
                while (gain_db(fallen) < full_db * std::exp(-1.0))
                    ++fallen;
                CAPTURE(rate_hz, attack_ms, release_ms);
                const double frame_ms = 1e3 / rate_hz;
                CHECK(full_db == Approx(-15.0).margin(0.05));
                CHECK(static_cast<double>(risen - frames(0.5)) * frame_ms ==
                      Approx(static_cast<double>(attack_ms)).epsilon(0.02).margin(1.5 * frame_ms));
                CHECK(static_cast<double>(fallen - falls) * frame_ms ==
                      Approx(static_cast<double>(release_ms)).epsilon(0.02).margin(1.5 * frame_ms));
            }
}

TEST_CASE("automatic makeup is half of the reduction at full scale") {
    for (const float threshold_dbfs : {-40.0f, -12.0f})
        for (const float ratio : {2.0f, 8.0f}) {
            Settings s = peak_detector();
            s.threshold_dbfs = threshold_dbfs;
            s.ratio = ratio;
            s.auto_makeup = true;
            const double makeup_db = -0.5 * theory_db(s, 0.0);
            CAPTURE(threshold_dbfs, ratio);
            CHECK(end_level_db(compressed({sine(997.0, -60.0, 0.5, 48000.0)}, s)[0]) ==
                  Approx(-60.0 + makeup_db).margin(0.05));
            CHECK(end_level_db(compressed({sine(997.0, -6.0, 0.5, 48000.0)}, s)[0]) ==
                  Approx(-6.0 + theory_db(s, -6.0) + makeup_db).margin(0.05));
        }
}

TEST_CASE("the sidechain high-pass is Butterworth's, and only the detector hears it") {
    for (const float corner_hz : {60.0f, 200.0f, 500.0f})
        for (const double octaves : {-2.0, -1.0, 0.0, 1.0, 2.0}) {
            Settings s = peak_detector();
            s.threshold_dbfs = -60.0f;
            s.knee_db = 0.0f;
            s.ratio = 4.0f;
            s.release_ms = 500.0f;
            s.sidechain_highpass_hz = corner_hz;
            const double frequency_hz = static_cast<double>(corner_hz) * std::exp2(octaves);
            const double heard_db = -10.0 - 10.0 * std::log10(1.0 + std::pow(2.0, -4.0 * octaves));
            CAPTURE(corner_hz, octaves);
            // The held crest falls between crests further apart than 10 ms.
            const double margin_db = frequency_hz < 50.0 ? 0.3 : 0.05;
            const Audio out = compressed({sine(frequency_hz, -10.0, 4.0, 48000.0)}, s);
            CHECK(end_level_db(out[0]) == Approx(-10.0 + theory_db(s, heard_db)).margin(margin_db));
        }
}

TEST_CASE("mix adds the compressed signal to the dry one") {
    Settings s = peak_detector();
    s.threshold_dbfs = -30.0f;
    s.ratio = 20.0f;
    const double gain_db = theory_db(s, -10.0);
    for (const float mix_percent : {0.0f, 30.0f, 50.0f, 100.0f}) {
        s.mix_percent = mix_percent;
        const double share = static_cast<double>(mix_percent) / 100.0;
        CAPTURE(mix_percent);
        CHECK(end_level_db(compressed({sine(997.0, -10.0, 0.5, 48000.0)}, s)[0]) ==
              Approx(-10.0 + level_db(1.0 - share + share * amplitude(gain_db))).margin(0.05));
    }
}

TEST_CASE("stereo link goes from two compressors to one gain") {
    for (const auto detector : {Compressor::Detector::peak, Compressor::Detector::rms})
        for (const float link_percent : {0.0f, 25.0f, 50.0f, 99.0f, 100.0f}) {
            Settings s = peak_detector();
            s.detector = detector;
            s.threshold_dbfs = -40.0f;
            s.ratio = 4.0f;
            s.stereo_link_percent = link_percent;
            const double levels_dbfs[] = {-6.0, -26.0, -46.0};
            Audio in;
            for (const double level_dbfs : levels_dbfs)
                in.push_back(sine(997.0, level_dbfs, 0.6, 48000.0));
            const Audio out = compressed(in, s);
            const double crest_db = detector == Compressor::Detector::rms ? 3.0103 : 0.0;
            const double link = static_cast<double>(link_percent) / 100.0;
            for (std::size_t c = 0; c < in.size(); ++c) {
                const double drawn_db = levels_dbfs[c] + link * (levels_dbfs[0] - levels_dbfs[c]);
                CAPTURE(static_cast<int>(detector), link_percent, c);
                CHECK(end_level_db(out[c]) ==
                      Approx(levels_dbfs[c] + theory_db(s, drawn_db - crest_db)).margin(0.05));
            }
        }
}

TEST_CASE("unlinked channels are compressed as if each were alone") {
    Settings s = peak_detector();
    s.threshold_dbfs = -30.0f;
    s.stereo_link_percent = 0.0f;
    const Audio in{noise(-3.0, 0.5, 48000.0, 1), noise(-20.0, 0.5, 48000.0, 2),
                   sine(300.0, -12.0, 0.5, 48000.0)};
    const Audio out = compressed(in, s);
    for (std::size_t c = 0; c < in.size(); ++c)
        CHECK(out[c] == compressed({in[c]}, s)[0]);
}

TEST_CASE("a change of the link makes no click") {
    Settings s = peak_detector();
    s.threshold_dbfs = -40.0f;
    s.attack_ms = 10.0f;
    Compressor compressor(48000.0, 2);
    Audio audio{sine(100.0, -6.0, 1.0, 48000.0), sine(100.0, -30.0, 1.0, 48000.0)};
    run(
        audio, [&](dsp::AudioBlock block) { compressor.process(block); }, {},
        [&](std::size_t frame) {
            s.stereo_link_percent = frame / 4800 % 2 == 0 ? 100.0f : 0.0f;
            compressor.set(s);
        });
    for (const Channel &channel : audio)
        for (std::size_t i = 4802; i < channel.size(); ++i) {
            const double bend = static_cast<double>(channel[i] - channel[i - 1]) -
                                static_cast<double>(channel[i - 1] - channel[i - 2]);
            REQUIRE(std::fabs(bend) < 5e-4);
        }
}
