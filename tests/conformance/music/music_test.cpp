// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/music/music.hpp"

#include "jack_client/app/audio_file.hpp"
#include "jack_client/dsp/limiter.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "tests/support/strict_meter.hpp"

#include <ebur128.h>

#include <memory>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr double kCeiling_db = -1.0;

/// A stretch of one of the three tracks, which are mono, with its sample peak at 0 dBFS.
test::Channel track(char which, double from_s, double seconds, double rate_hz) {
    const std::string file = std::string("usr/share/games/rrootage/sounds/stg_") + which + ".ogg";
    auto reader = app::AudioReader::open(music("rrootage-data", file), static_cast<int>(rate_hz));
    REQUIRE(reader.has_value());
    REQUIRE(reader->channels().size() == 1);
    const auto first = static_cast<std::ptrdiff_t>(from_s * rate_hz);
    test::Channel x(static_cast<std::size_t>(first) + static_cast<std::size_t>(seconds * rate_hz));
    const auto count = reader->read(x);
    REQUIRE(count.has_value());
    REQUIRE(*count == x.size());
    x.erase(x.begin(), x.begin() + first);
    const auto gain = static_cast<float>(1.0 / highest_sample({x}));
    for (float &v : x)
        v *= gain;
    return x;
}

struct Loudness {
    double momentary_lufs, short_term_lufs, integrated_lufs;
};

/// By libebur128, after each second.
std::vector<Loudness> reference(const Audio &audio, double rate_hz) {
    const std::unique_ptr<ebur128_state, void (*)(ebur128_state *)> meter(
        ebur128_init(static_cast<unsigned>(audio.size()), static_cast<unsigned long>(rate_hz),
                     EBUR128_MODE_I | EBUR128_MODE_S),
        [](ebur128_state *state) { ebur128_destroy(&state); });
    std::vector<Loudness> readings;
    const auto second = static_cast<std::size_t>(rate_hz);
    for (std::size_t at = 0; at + second <= audio[0].size(); at += second) {
        std::vector<float> interleaved;
        for (std::size_t i = at; i < at + second; ++i)
            for (const test::Channel &x : audio)
                interleaved.push_back(x[i]);
        ebur128_add_frames_float(meter.get(), interleaved.data(), second);
        Loudness &now = readings.emplace_back();
        ebur128_loudness_momentary(meter.get(), &now.momentary_lufs);
        ebur128_loudness_shortterm(meter.get(), &now.short_term_lufs);
        ebur128_loudness_global(meter.get(), &now.integrated_lufs);
    }
    return readings;
}

} // namespace

TEST_CASE("loudness of music agrees with libebur128") {
    for (const double rate_hz : {44100.0, 48000.0, 96000.0})
        for (const char *tracks : {"a", "bc"}) {
            constexpr double kSeconds = 15.0;
            Audio audio;
            for (const char *which = tracks; *which != '\0'; ++which)
                audio.push_back(track(*which, 5.0, kSeconds, rate_hz));
            const std::vector<Loudness> expected = reference(audio, rate_hz);
            dsp::LoudnessMeter meter(rate_hz, std::vector<float>(audio.size(), 1.0f));
            std::size_t second = 0;
            const auto compare = [&] {
                CAPTURE(rate_hz, tracks, second);
                const Loudness &wanted = expected[second++];
                CHECK(static_cast<double>(meter.momentary_lufs()) ==
                      Approx(wanted.momentary_lufs).margin(0.02));
                if (second >= 3)
                    CHECK(static_cast<double>(meter.short_term_lufs()) ==
                          Approx(wanted.short_term_lufs).margin(0.02));
                CHECK(static_cast<double>(meter.integrated_lufs()) ==
                      Approx(wanted.integrated_lufs).margin(0.02));
            };
            std::size_t done = 0;
            Random random(3);
            // Blocks of a size at which a second is a whole number of them.
            run(audio,
                [&](dsp::AudioBlock block) {
                    meter.process(block);
                    done += static_cast<std::size_t>(block.frames);
                    if (done % static_cast<std::size_t>(rate_hz) == 0)
                        compare();
                },
                {4, false});
            CHECK(second == expected.size());
        }
}

TEST_CASE("no meter reads music far over full scale over the ceiling, at any rate") {
    using dsp::LimiterMode;
    const double ceiling = amplitude(kCeiling_db);
    for (const double rate_hz : {44100.0, 48000.0, 88200.0, 96000.0, 192000.0}) {
        Audio music;
        for (const char which : {'a', 'b', 'c'}) {
            const test::Channel all = track(which, 5.0, 0.9, rate_hz);
            const auto third = static_cast<std::ptrdiff_t>(all.size() / 3);
            for (std::ptrdiff_t i = 0; i < 3; ++i)
                music.emplace_back(all.begin() + i * third, all.begin() + (i + 1) * third);
        }
        for (const std::size_t channels : {1, 2, 8})
            for (const double gain_db : {9.0, 18.0})
                for (const LimiterMode mode :
                     {LimiterMode::low, LimiterMode::normal, LimiterMode::quality}) {
                    // The meters cost much: any mode in stereo, else the default one.
                    if (channels != 2 && (mode != LimiterMode::normal || gain_db < 10.0))
                        continue;
                    Audio audio(music.begin(),
                                music.begin() + static_cast<std::ptrdiff_t>(channels));
                    dsp::Limiter limiter(mode, rate_hz, static_cast<int>(channels));
                    for (test::Channel &x : audio) {
                        for (float &v : x)
                            v *= static_cast<float>(amplitude(gain_db));
                        x = faded(std::move(x), 0.01, rate_hz);
                        x.resize(x.size() + 2048, 0.0f);
                    }
                    run(audio, [&](dsp::AudioBlock block) { limiter.process(block); });
                    CAPTURE(rate_hz, channels, gain_db, static_cast<int>(mode));
                    const double interesting = 0.9 * ceiling;
                    CHECK(highest_sample(audio) <= ceiling);
                    CHECK(TruePeakReference::strict().peak(audio, interesting) <= ceiling);
                    CHECK(TruePeakReference::dac().peak(audio, interesting) <= ceiling);
                    CHECK(itu_peak(audio) <= ceiling);
                    CHECK(highest_sample(audio) > 0.5 * ceiling); // it was loud indeed
                }
    }
}
