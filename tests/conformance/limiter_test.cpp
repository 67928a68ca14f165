// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/limiter.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/ebu_signals.hpp"
#include "tests/support/strict_meter.hpp"

#include <ebur128.h>

#include <string>
#include <utility>

using namespace headroom;
using namespace headroom::test;
using dsp::Limiter;
using dsp::LimiterMode;

namespace {

constexpr LimiterMode kModes[] = {LimiterMode::low, LimiterMode::normal, LimiterMode::quality};
constexpr double kRates[] = {44100.0, 48000.0, 88200.0, 96000.0, 192000.0};
constexpr double kCeiling_db = -1.0;
constexpr float kLoud = 3.98107171f; ///< +12 dB

struct Material {
    std::string name;
    Audio audio;
};

Channel with(std::size_t frames, const std::function<double(std::size_t)> &value) {
    Channel x(frames);
    for (std::size_t i = 0; i < frames; ++i)
        x[i] = static_cast<float>(value(i));
    return x;
}

/// Signals whose true peak is far from their sample peak, up to 12 dB over full scale.
std::vector<Material> tonal_material(double rate) {
    const auto frames = static_cast<std::size_t>(0.35 * rate);
    std::vector<Material> all;
    const auto add = [&](std::string name, Channel x) {
        x.resize(x.size() + 600, 0.0f);
        all.push_back({std::move(name), ebu::stereo(x)});
    };
    add("fs/4 at 45 degrees",
        faded(sine(rate / 4.0, 12.0, 0.35, rate, 0.25 * std::numbers::pi), 0.05, rate));
    for (const double share : {0.0208, 0.146, 0.248, 0.3125, 0.396, 0.4583})
        add("sine at " + std::to_string(share) + " of the rate",
            faded(sine(share * rate, 12.0, 0.35, rate, 1.0), 0.05, rate));
    for (int offset = 0; offset < 2; ++offset) {
        Channel x = ebu::overlaid_period(rate, offset);
        for (float &v : x)
            v *= kLoud;
        add("EBU overlaid period", std::move(x));
    }
    for (const double share : {0.0021, 0.0208, 0.104, 0.208, 0.354}) {
        const Channel burst = sine(share * rate, 12.0, 0.02, rate, 0.5 * std::numbers::pi);
        Channel x(frames, 0.0f);
        for (std::size_t at = 1000; at + 2 * burst.size() < frames; at += 4801)
            std::copy(burst.begin(), burst.end(), x.begin() + static_cast<std::ptrdiff_t>(at));
        add("bursts at " + std::to_string(share) + " of the rate", std::move(x));
    }
    Random random(7);
    Channel clicks(frames, 0.0f);
    for (std::size_t at = 700; at < frames - 100; at += 200 + random.bits() % 1500)
        clicks[at] = random.bits() % 2 == 0 ? kLoud : -0.35f * kLoud;
    add("clicks", std::move(clicks));
    add("alternating impulses", with(frames, [](std::size_t i) {
            return i % 7 != 0 ? 0.0 : (i % 14 == 0 ? 1.0 : -1.0) * static_cast<double>(kLoud);
        }));
    for (const double frequency : {50.0, 440.0, 3000.0})
        add("square of " + std::to_string(frequency) + " Hz", with(frames, [&](std::size_t i) {
                const double cycles = static_cast<double>(i) * frequency / rate;
                return (cycles - std::floor(cycles) < 0.5 ? 1.0 : -1.0) *
                       static_cast<double>(kLoud);
            }));
    add("steps of level", with(frames, [&](std::size_t i) {
            return amplitude((i / 3000) % 2 == 0 ? -20.0 : 12.0) *
                   std::sin(2.0 * std::numbers::pi * 997.0 / rate * static_cast<double>(i));
        }));
    add("two tones",
        faded(with(frames,
                   [&](std::size_t i) {
                       const double t = 2.0 * std::numbers::pi * static_cast<double>(i);
                       return 2.0 * (std::sin(t * 0.2291) + std::sin(t * 0.2708 + 1.0));
                   }),
              0.05, rate));
    add("sweep", faded(with(frames,
                            [&](std::size_t i) {
                                const double t =
                                    static_cast<double>(i) / static_cast<double>(frames);
                                const double k = std::log(0.479 / 0.0005);
                                const double cycles = 0.0005 * static_cast<double>(frames) / k *
                                                      (std::exp(t * k) - 1.0);
                                return static_cast<double>(kLoud) *
                                       std::sin(2.0 * std::numbers::pi * cycles);
                            }),
                       0.05, rate));
    return all;
}

/// +12 dB at half the sample rate, with a sign of its own for each frame.
Channel flipped(std::size_t frames, const std::function<bool(std::size_t)> &turned) {
    return with(frames, [&](std::size_t i) {
        return static_cast<double>((i % 2 == 0) != turned(i) ? kLoud : -kLoud);
    });
}

/// Signs as those of the sinc half a frame after the middle, half_length frames to each side: no
/// other samples make a higher peak there.
Channel worst_sequences(std::size_t frames, std::size_t half_length, std::size_t distance) {
    Channel x(frames, 0.0f);
    for (std::size_t at = 2400; at + 2 * half_length < frames; at += distance)
        for (std::size_t k = 0; k < half_length; ++k) {
            const float value = k % 2 == 0 ? kLoud : -kLoud;
            x[at + half_length - 1 - k] = value;
            x[at + half_length + k] = value;
        }
    return x;
}

/// Full of energy at half the sample rate, where no two meters agree.
std::vector<Material> noisy_material(double rate) {
    const auto frames = static_cast<std::size_t>(0.25 * rate);
    Random random(11);
    Audio bipolar(2, Channel(frames));
    Audio uniform(2, Channel(frames));
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t i = 0; i < frames; ++i) {
            bipolar[c][i] = random.bits() % 2 == 0 ? kLoud : -kLoud;
            uniform[c][i] = static_cast<float>(random.between(-1.0, 1.0)) * kLoud;
        }
    Audio gated = uniform;
    for (Channel &x : gated)
        for (std::size_t i = 0; i < frames; ++i)
            x[i] *= (i / 480 * 2654435761u >> 7) % 2 == 0 ? 0.0f : 1.0f;
    std::vector<Material> all{
        {"bipolar noise", bipolar}, {"uniform noise", uniform}, {"gated noise", gated}};
    for (const std::size_t half_length : {4, 16, 24, 64, 128, 300}) {
        const Channel apart = worst_sequences(frames, half_length, 4800);
        const Channel close = worst_sequences(frames, half_length, 2 * half_length + 37);
        all.push_back({"worst sequences of " + std::to_string(half_length), {apart, close}});
    }
    for (const std::uint32_t distance : {20, 60, 150}) {
        bool turned = false;
        const Channel x = flipped(frames, [&](std::size_t) {
            turned = turned != (random.bits() % distance == 0);
            return turned;
        });
        all.push_back({"random phase flips, " + std::to_string(distance), {x, x}});
    }
    for (const double share : {0.45, 0.475, 0.49, 0.499}) {
        Audio phases;
        for (const std::size_t length : {40, 100})
            phases.push_back(with(frames, [&](std::size_t i) {
                return static_cast<double>(kLoud) *
                       std::sin(2.0 * std::numbers::pi * share * static_cast<double>(i) +
                                (i / length % 2 == 0 ? 0.0 : 2.5));
            }));
        all.push_back({"phase steps at " + std::to_string(share) + " of the rate", phases});
    }
    return all;
}

Audio limited(Limiter &limiter, Audio audio, Cut cut = {}) {
    for (Channel &x : audio)
        x.resize(x.size() + static_cast<std::size_t>(limiter.latency_frames()), 0.0f);
    run(
        audio, [&](dsp::AudioBlock block) { limiter.process(block); }, cut);
    return audio;
}

/// True peak as libebur128 reads it below 96 kHz: four times oversampled.
double libebur128_peak(const Audio &audio) {
    ebur128_state *state =
        ebur128_init(static_cast<unsigned>(audio.size()), 48000, EBUR128_MODE_TRUE_PEAK);
    std::vector<float> interleaved;
    for (std::size_t i = 0; i < audio[0].size(); ++i)
        for (const Channel &x : audio)
            interleaved.push_back(x[i]);
    ebur128_add_frames_float(state, interleaved.data(), audio[0].size());
    double highest = 0.0;
    for (unsigned c = 0; c < audio.size(); ++c) {
        double peak = 0.0;
        ebur128_true_peak(state, c, &peak);
        highest = std::max(highest, peak);
    }
    ebur128_destroy(&state);
    return highest;
}

void check_ceiling(const Audio &out) {
    const double ceiling = amplitude(kCeiling_db);
    const double interesting = 0.9 * ceiling;
    CHECK(level_db(highest_sample(out)) <= kCeiling_db);
    CHECK(level_db(TruePeakReference::strict().peak(out, interesting)) <= kCeiling_db);
    CHECK(level_db(TruePeakReference::dac().peak(out, interesting)) <= kCeiling_db);
    CHECK(level_db(libebur128_peak(out)) <= kCeiling_db);
    CHECK(level_db(itu_peak(out)) <= kCeiling_db);
}

} // namespace

TEST_CASE("no meter reads music-like, tonal or impulsive material over the ceiling") {
    for (const double rate : kRates)
        for (const Material &material : tonal_material(rate))
            for (const LimiterMode mode : kModes) {
                Limiter limiter(mode, rate, 2);
                CAPTURE(rate, static_cast<int>(mode), material.name);
                check_ceiling(limited(limiter, material.audio));
            }
}

TEST_CASE("no meter reads noise or whatever there is at half the rate over the ceiling") {
    for (const double rate : kRates)
        for (const Material &material : noisy_material(rate))
            for (const LimiterMode mode : kModes) {
                Limiter limiter(mode, rate, 2);
                CAPTURE(rate, static_cast<int>(mode), material.name);
                check_ceiling(limited(limiter, material.audio));
            }
}

TEST_CASE("one, six and eight channels are held as two are, at every rate") {
    for (const double rate : kRates) {
        const auto sources = tonal_material(rate);
        for (const std::size_t channels : {1, 6, 8}) {
            Audio audio;
            for (std::size_t c = 0; c < channels; ++c) {
                audio.push_back(sources[2 * c].audio[0]);
                audio.back().resize(sources[0].audio[0].size(), 0.0f);
            }
            for (const LimiterMode mode : kModes) {
                Limiter limiter(mode, rate, static_cast<int>(channels));
                CAPTURE(rate, channels, static_cast<int>(mode));
                check_ceiling(limited(limiter, audio));
            }
        }
    }
}

TEST_CASE("samples of 80 dB over full scale stay under the ceiling") {
    for (const LimiterMode mode : kModes) {
        Limiter limiter(mode, 48000.0, 2);
        Audio audio = tonal_material(48000.0)[2].audio;
        for (Channel &x : audio)
            for (float &v : x)
                v *= 1e4f / kLoud;
        CAPTURE(static_cast<int>(mode));
        check_ceiling(limited(limiter, audio));
    }
}

TEST_CASE("the soft tier never causes an overshoot of the hard ceiling") {
    for (const LimiterMode mode : kModes)
        for (const Material &material : tonal_material(48000.0)) {
            Limiter limiter(mode, 48000.0, 2);
            limiter.set_soft_tier(true, 8.0f);
            Audio audio = material.audio;
            run(
                audio, [&](dsp::AudioBlock block) { limiter.process(block); }, {},
                [&](std::size_t frame) {
                    limiter.set_programme_loudness((frame / 4096) % 2 == 0 ? -30.0f : -6.0f);
                });
            CAPTURE(static_cast<int>(mode), material.name);
            check_ceiling(audio);
        }
}

TEST_CASE("material under the ceiling comes out bit for bit, as late as stated") {
    for (const double rate : kRates)
        for (const LimiterMode mode : kModes) {
            Limiter limiter(mode, rate, 2);
            limiter.set_ceiling_db(0.0f);
            Audio in{faded(sine(0.31 * rate, -0.5, 0.5, rate), 0.02, rate),
                     noise(-12.0, 0.5, rate, 3)};
            const Audio out = limited(limiter, in, {32, true});
            CAPTURE(rate, static_cast<int>(mode));
            for (std::size_t c = 0; c < 2; ++c)
                CHECK(std::equal(in[c].begin(), in[c].end(),
                                 out[c].begin() + limiter.latency_frames()));
        }
}

TEST_CASE("limited material is bit-identical for every cut") {
    const auto materials = noisy_material(48000.0);
    for (const LimiterMode mode : kModes)
        for (const Material &material : materials) {
            Limiter whole(mode, 48000.0, 2);
            const Audio expected = limited(whole, material.audio);
            for (const Cut cut : {Cut{1, false}, Cut{32, true}}) {
                Limiter limiter(mode, 48000.0, 2);
                CHECK(limited(limiter, material.audio, cut) == expected);
            }
        }
}

TEST_CASE("a steady tone under limiting is as clean as float allows") {
    for (const LimiterMode mode : kModes)
        for (const double frequency : {20.0, 25.0, 30.0, 40.0, 60.0, 997.0}) {
            // 5 dB over full scale; whole periods in the analysed second.
            Limiter limiter(mode, 48000.0, 2);
            const Channel tone = sine(frequency, 5.0, 3.5, 48000.0);
            const Audio out = limited(limiter, {tone, tone});
            const auto from = static_cast<std::size_t>(2.0 * 48000.0);
            double re = 0.0;
            double im = 0.0;
            const auto phase = [&](std::size_t i) {
                return 2.0 * std::numbers::pi * frequency / 48000.0 * static_cast<double>(i);
            };
            for (std::size_t i = 0; i < 48000; ++i) {
                re += static_cast<double>(out[0][from + i]) * std::cos(phase(i)) / 24000.0;
                im += static_cast<double>(out[0][from + i]) * std::sin(phase(i)) / 24000.0;
            }
            double rest = 0.0;
            for (std::size_t i = 0; i < 48000; ++i)
                rest += std::pow(static_cast<double>(out[0][from + i]) - re * std::cos(phase(i)) -
                                     im * std::sin(phase(i)),
                                 2) /
                        24000.0;
            CAPTURE(static_cast<int>(mode), frequency);
            CHECK(10.0 * std::log10(rest / (re * re + im * im)) < -135.0);
        }
}
