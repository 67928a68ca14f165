// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/limiter.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;
using namespace headroom::test;
using dsp::Limiter;
using dsp::LimiterMode;

namespace {

constexpr LimiterMode kModes[] = {LimiterMode::low, LimiterMode::normal, LimiterMode::quality};

Audio limited(Limiter &limiter, Audio audio, Cut cut = {}) {
    run(
        audio, [&](dsp::AudioBlock block) { limiter.process(block); }, cut);
    return audio;
}

/// Loud and quiet, low and high, with jumps.
Audio programme(int channels, double seconds, double sample_rate_hz) {
    Audio audio;
    for (int c = 0; c < channels; ++c) {
        Channel x = noise(9.0, seconds, sample_rate_hz, static_cast<std::uint64_t>(c) + 1);
        const Channel bass = sine(55.0 + c, 6.0, seconds, sample_rate_hz);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const float loud = (i / 3001) % 3 == 0 ? 0.01f : 1.0f;
            x[i] = loud * ((i / 911) % 2 == 0 ? x[i] : bass[i]);
        }
        audio.push_back(std::move(x));
    }
    return audio;
}

} // namespace

TEST_CASE("latency is 72, 264 and 480 frames at 48 kHz and the same time elsewhere") {
    CHECK(Limiter(LimiterMode::low, 48000.0, 2).latency_frames() == 72);
    CHECK(Limiter(LimiterMode::normal, 48000.0, 2).latency_frames() == 264);
    CHECK(Limiter(LimiterMode::quality, 48000.0, 2).latency_frames() == 480);
    CHECK(Limiter(LimiterMode::normal, 44100.0, 2).latency_frames() == 243);
    CHECK(Limiter(LimiterMode::normal, 192000.0, 2).latency_frames() == 1056);
}

TEST_CASE("below threshold the output is the delayed input, bit for bit") {
    for (const LimiterMode mode : kModes)
        for (const double rate : {8000.0, 44100.0, 48000.0, 192000.0, 384000.0}) {
            Limiter limiter(mode, rate, 3);
            Audio in;
            for (std::uint64_t c = 0; c < 3; ++c)
                in.push_back(noise(-14.0, 0.3, rate, c + 1));
            const Audio out = limited(limiter, in, {32, true});
            const auto latency = static_cast<std::size_t>(limiter.latency_frames());
            CAPTURE(static_cast<int>(mode), rate);
            for (std::size_t c = 0; c < in.size(); ++c) {
                CHECK(std::all_of(out[c].begin(), out[c].begin() + limiter.latency_frames(),
                                  [](float v) { return v == 0.0f; }));
                CHECK(std::equal(in[c].begin(), in[c].end() - limiter.latency_frames(),
                                 out[c].begin() + static_cast<std::ptrdiff_t>(latency)));
            }
            CHECK(limiter.take_gain_reduction_db() == 0.0f);
            CHECK(limiter.hard_frames() == 0);
        }
}

TEST_CASE("gain returns to exactly one after limiting") {
    for (const LimiterMode mode : kModes) {
        Limiter limiter(mode, 48000.0, 1);
        Audio in{sine(997.0, 12.0, 0.2, 48000.0)};
        append(in[0], noise(-14.0, 2.0, 48000.0, 1));
        const Audio out = limited(limiter, in);
        const auto latency = static_cast<std::size_t>(limiter.latency_frames());
        bool same = true;
        for (std::size_t i = 48000; i < in[0].size() - latency; ++i)
            same = same && out[0][i + latency] == in[0][i];
        CHECK(same);
    }
}

TEST_CASE("output does not depend on how the stream is cut") {
    for (const LimiterMode mode : kModes) {
        const Audio in = programme(2, 0.6, 48000.0);
        Limiter whole(mode, 48000.0, 2);
        const Audio expected = limited(whole, in);
        for (const Cut cut : {Cut{1, false}, Cut{7, false}, Cut{32, true}}) {
            Limiter limiter(mode, 48000.0, 2);
            CHECK(limited(limiter, in, cut) == expected);
            CHECK(limiter.hard_frames() == whole.hard_frames());
        }
    }
}

TEST_CASE("output is the same bits with every instruction set") {
    for (const LimiterMode mode : {LimiterMode::low, LimiterMode::normal, LimiterMode::quality}) {
        const Audio in{noise(12.0, 0.3, 48000.0, 1), sine(997.0, 9.0, 0.3, 48000.0)};
        const auto limited = [&](dsp::InstructionSet set) {
            Limiter limiter(mode, 48000.0, 2, set);
            Audio audio = in;
            run(audio, [&](dsp::AudioBlock block) { limiter.process(block); });
            return audio;
        };
        const Audio expected = limited(dsp::InstructionSet::baseline);
        for (const dsp::InstructionSet set :
             {dsp::InstructionSet::avx2, dsp::InstructionSet::avx512})
            if (dsp::is_supported(set)) {
                CAPTURE(static_cast<int>(mode), static_cast<int>(set));
                CHECK(limited(set) == expected);
            }
    }
}

TEST_CASE("samples stay under the ceiling for any input, channel count and rate") {
    for (const LimiterMode mode : kModes)
        for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0})
            for (const int channels : {1, 2, 6}) {
                Limiter limiter(mode, rate, channels);
                limiter.set_ceiling_db(-3.0f);
                Audio in = programme(channels, 0.12, rate);
                for (std::size_t i = 0; i < in[0].size(); i += 997)
                    in[0][i] = i % 2 == 0 ? 1e4f : -1e4f;
                const Audio out = limited(limiter, in);
                CAPTURE(static_cast<int>(mode), rate, channels);
                CHECK(highest_sample(out) <= amplitude(-3.0));
                CHECK(highest_sample(out) > amplitude(-8.0));
                CHECK(limiter.hard_frames() > 0);
            }
}

TEST_CASE("as many channels as there may be stay under the ceiling") {
    Limiter limiter(LimiterMode::normal, 48000.0, dsp::kMaxChannels);
    const Audio out = limited(limiter, programme(dsp::kMaxChannels, 0.1, 48000.0));
    CHECK(highest_sample(out) <= amplitude(-1.0));
    CHECK(highest_sample(out) > amplitude(-5.0));
}

TEST_CASE("all channels get the same gain") {
    Limiter limiter(LimiterMode::normal, 48000.0, 2);
    Audio in{sine(997.0, 12.0, 0.5, 48000.0), sine(313.0, -20.0, 0.5, 48000.0)};
    const Audio out = limited(limiter, in);
    for (std::size_t i = 10000; i < 20000; ++i)
        if (std::fabs(in[0][i]) > 0.1f && std::fabs(in[1][i]) > 0.01f)
            REQUIRE(out[0][i + 264] / in[0][i] == Approx(out[1][i + 264] / in[1][i]).epsilon(1e-5));
    CHECK(limiter.take_gain_reduction_db() == Approx(-13.0).margin(0.1));
    CHECK(limiter.take_gain_reduction_db() == 0.0f);
}

TEST_CASE("release is the stated time constant") {
    for (const float release_ms : {5.0f, 20.0f, 200.0f}) {
        Limiter limiter(LimiterMode::low, 48000.0, 1);
        limiter.set_release_ms(release_ms);
        // A steady tone above the bass detector's band, then a much quieter one.
        Audio in{sine(6000.0, 12.0, 0.5, 48000.0)};
        append(in[0], sine(6000.0, -26.0, 3.0, 48000.0));
        const Audio out = limited(limiter, in);
        const auto gain_at = [&](double seconds) {
            double highest = 0.0;
            const auto from = static_cast<std::size_t>((0.5 + seconds) * 48000.0) + 72;
            for (std::size_t i = from; i < from + 8; ++i)
                highest = std::max(highest, std::fabs(static_cast<double>(out[0][i])));
            return highest / amplitude(-26.0);
        };
        // The bass detector's hold is over after 20 ms.
        const double missing_1 = 1.0 - gain_at(0.02);
        const double missing_2 = 1.0 - gain_at(0.02 + 0.001 * static_cast<double>(release_ms));
        CAPTURE(release_ms);
        CHECK(missing_2 / missing_1 == Approx(std::exp(-1.0)).epsilon(0.02));
    }
}

TEST_CASE("the soft tier holds peaks at programme loudness plus the set ratio") {
    Limiter limiter(LimiterMode::normal, 48000.0, 1);
    limiter.set_soft_tier(true, 10.0f);
    Audio in{sine(997.0, -6.0, 8.0, 48000.0)};
    SECTION("once loudness is known") {
        limiter.set_programme_loudness(-24.0f);
        const Audio out = limited(limiter, in);
        CHECK(level_db(highest_sample({Channel(out[0].end() - 4800, out[0].end())})) ==
              Approx(-14.0).margin(0.02));
        CHECK(limiter.take_soft_gain_reduction_db() == Approx(-8.0).margin(0.02));
        CHECK(limiter.hard_frames() == 0);
    }
    SECTION("not before") {
        limiter.set_programme_loudness(-90.0f);
        const Audio out = limited(limiter, in);
        CHECK(highest_sample(out) == Approx(amplitude(-6.0)));
        CHECK(limiter.take_soft_gain_reduction_db() == 0.0f);
    }
    SECTION("and never above the hard ceiling") {
        limiter.set_programme_loudness(-3.0f);
        in[0] = sine(997.0, 12.0, 2.0, 48000.0);
        const Audio out = limited(limiter, in);
        CHECK(highest_sample(out) <= amplitude(-1.0));
        CHECK(limiter.hard_frames() > 0);
    }
}

TEST_CASE("a lower ceiling holds for all that comes in after it is set") {
    for (const LimiterMode mode : kModes) {
        Limiter limiter(mode, 48000.0, 1);
        Audio in{noise(12.0, 1.0, 48000.0, 1)};
        run(
            in, [&](dsp::AudioBlock block) { limiter.process(block); }, {},
            [&](std::size_t frame) { limiter.set_ceiling_db(frame < 24000 ? -1.0f : -9.0f); });
        const auto from = in[0].begin() + 24000 + limiter.latency_frames();
        CHECK(highest_sample({Channel(from, in[0].end())}) <= amplitude(-9.0));
    }
}

TEST_CASE("reset forgets the audio and keeps the settings") {
    Limiter used(LimiterMode::normal, 48000.0, 2);
    used.set_ceiling_db(-6.0f);
    const Audio in = programme(2, 0.3, 48000.0);
    const Audio expected = limited(used, in);
    used.reset();
    CHECK(used.hard_frames() == 0);
    CHECK(limited(used, in) == expected);
}

TEST_CASE("the soft tier of a limiter goes on where that of the one it replaces stood") {
    for (const std::size_t frames : {96000, 96017}) { // at the end of a grid period and within one
        Limiter previous(LimiterMode::normal, 48000.0, 1);
        previous.set_soft_tier(true, 10.0f);
        previous.set_programme_loudness(-24.0f);
        Channel tone = sine(997.0, -6.0, 3.0, 48000.0);
        limited(previous, {Channel(tone.begin(), tone.begin() + static_cast<int>(frames))});
        const double reached_db = static_cast<double>(previous.take_soft_gain_reduction_db()) - 6.0;

        Limiter next(LimiterMode::low, 48000.0, 1);
        next.set_soft_tier(true, 10.0f);
        next.adopt(previous);
        const Audio out = limited(next, {tone});
        CAPTURE(frames);
        CHECK(reached_db < -8.0);
        CHECK(level_db(highest_sample(out)) == Approx(reached_db).margin(0.05));
        CHECK(level_db(highest_sample({Channel(out[0].end() - 4800, out[0].end())})) <
              reached_db - 0.5);
    }
}
