// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/material.hpp"

#include "jack_client/app/audio_file.hpp"
#include "jack_client/app/demo_programme.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/ebu_signals.hpp"

#include <array>
#include <stdexcept>

namespace headroom::bench {

namespace {

using test::amplitude;
using test::Audio;
using test::Channel;
using test::faded;
using test::Random;

constexpr double kFade_s = 0.05;
constexpr double kPi = std::numbers::pi;

template <class Value> Channel signal(double seconds, Value value) {
    Channel x(static_cast<std::size_t>(seconds * kRate_hz));
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(value(i));
    return x;
}

Channel sine(double frequency_hz, double level_db, double seconds, double phase = 0.0) {
    return test::sine(frequency_hz, level_db, seconds, kRate_hz, phase);
}

void add_tail(Audio &audio) {
    for (Channel &x : audio)
        x.resize(x.size() + static_cast<std::size_t>(0.5 * kRate_hz), 0.0f);
}

/// Collects signals and gives each its tail.
class Collection {
  public:
    explicit Collection(Extent extent) : seconds_(extent == Extent::whole ? 3.0 : 0.8) {}

    double seconds() const { return seconds_; }
    void add(const char *group, std::string name, Audio audio) {
        add_tail(audio);
        all_.push_back({std::move(name), group, std::move(audio)});
    }
    void add(const char *group, std::string name, const Channel &both) {
        add(group, std::move(name), Audio{both, both});
    }
    std::vector<Material> take() { return std::move(all_); }

  private:
    double seconds_;
    std::vector<Material> all_;
};

void add_sines(Collection &to, Random &random) {
    const double seconds = to.seconds();
    to.add("fs/4 45°", "fs/4 at 45°, +12 dB",
           faded(sine(kRate_hz / 4.0, 12.0, seconds, kPi / 4.0), kFade_s, kRate_hz));
    for (const int frequency : {997, 7000, 11900, 15000, 19000, 22000})
        for (const int level : {6, 12}) {
            const auto channel = [&] {
                return faded(sine(frequency, level, seconds, random.between(0.0, 2.0 * kPi)),
                             kFade_s, kRate_hz);
            };
            Audio audio{channel(), channel()};
            to.add("sines", std::to_string(frequency) + " Hz +" + std::to_string(level) + " dB",
                   std::move(audio));
        }
}

void add_ebu_cases(Collection &to) {
    struct SteadySine {
        double divisor, peak, phase_deg;
    };
    constexpr SteadySine kSteady[] = {
        {4, 0.5, 0}, {4, 0.5, 45}, {6, 0.5, 60}, {8, 0.5, 67.5}, {4, 1.41, 45}};
    int number = 15;
    const auto add = [&](const Channel &x) {
        const std::string name = "EBU 3341 case " + std::to_string(number++);
        to.add("EBU 15–23", name, x);
        to.add("EBU 15–23", name + " +12 dB", louder({x, x}, 12.0));
    };
    for (const SteadySine &s : kSteady)
        add(test::ebu::steady_sine(kRate_hz, s.divisor, s.peak, s.phase_deg));
    for (int offset = 0; offset < 4; ++offset)
        add(test::ebu::overlaid_period(kRate_hz, offset));
}

void add_bursts(Collection &to) {
    constexpr auto kGroup = "bursts, steps, sweep";
    for (const int frequency : {100, 1000, 5000, 10000, 17000}) {
        Channel x(static_cast<std::size_t>(to.seconds() * kRate_hz), 0.0f);
        const Channel burst = sine(frequency, 12.0, 0.02, kPi / 2.0);
        for (std::size_t at = 1000; at + 2 * burst.size() < x.size(); at += 4801)
            std::copy(burst.begin(), burst.end(), x.begin() + static_cast<std::ptrdiff_t>(at));
        to.add(kGroup, "bursts of " + std::to_string(frequency) + " Hz", x);
    }
    to.add(kGroup, "steps of 32 dB", signal(to.seconds(), [](std::size_t i) {
               return amplitude((i / 12000) % 2 == 1 ? 12.0 : -20.0) *
                      std::sin(2.0 * kPi * 997.0 / kRate_hz * static_cast<double>(i));
           }));
    Channel tones = sine(11000, 6.0, to.seconds());
    const Channel other = sine(13000, 6.0, to.seconds(), 1.0);
    std::transform(tones.begin(), tones.end(), other.begin(), tones.begin(), std::plus<>());
    to.add(kGroup, "two tones", faded(tones, kFade_s, kRate_hz));
    const double length_s = 2.0 * to.seconds();
    const double rise = std::log(23000.0 / 20.0);
    to.add(kGroup, "sweep",
           faded(signal(length_s,
                        [&](std::size_t i) {
                            const double t = static_cast<double>(i) / kRate_hz / length_s;
                            return amplitude(12.0) * std::sin(2.0 * kPi * 20.0 * length_s / rise *
                                                              (std::exp(t * rise) - 1.0));
                        }),
                 kFade_s, kRate_hz));
}

void add_clicks(Collection &to, Random &random) {
    const double high = amplitude(12.0);
    for (const std::size_t gap : {std::size_t{7}, std::size_t{64}})
        to.add("clicks", "impulses each " + std::to_string(gap) + " frames",
               signal(to.seconds(), [&](std::size_t i) {
                   return i % gap != 0 ? 0.0 : (i / gap % 2 == 1 ? -high : high);
               }));
    Channel clicks(static_cast<std::size_t>(to.seconds() * kRate_hz), 0.0f);
    for (std::size_t at = 1500; at + 100 < clicks.size(); at += 1500 + random.bits() % 2500)
        clicks[at] = static_cast<float>(random.bits() % 2 == 0 ? high : -high);
    to.add("clicks", "clicks", clicks);
    Channel pairs(clicks.size(), 0.0f);
    for (std::size_t i = 0; i < 40; ++i) {
        const std::size_t at = 2000 + i * 3400;
        const auto distance = static_cast<std::size_t>(48.0 * (0.2 + 0.2 * static_cast<double>(i)));
        if (at + distance >= pairs.size())
            break;
        pairs[at] = static_cast<float>(amplitude(i % 2 == 1 ? 3.0 : 12.0));
        pairs[at + distance] = static_cast<float>(-amplitude(i % 2 == 1 ? 12.0 : 3.0));
    }
    to.add("clicks", "pairs of clicks", pairs);
}

void add_squares(Collection &to) {
    for (const double frequency : {50.0, 440.0, 3000.0})
        to.add("squares", "square of " + std::to_string(std::lround(frequency)) + " Hz",
               signal(to.seconds(), [&](std::size_t i) {
                   const double cycles = static_cast<double>(i) * frequency / kRate_hz;
                   return (cycles - std::floor(cycles) < 0.5 ? 1.0 : -1.0) * amplitude(12.0);
               }));
}

/// Full of energy near half the sample rate, where no two meters agree.
void add_noise(Collection &to, Random &random) {
    const auto stereo = [&](auto value) {
        return Audio{signal(to.seconds(), value), signal(to.seconds(), value)};
    };
    const Audio bipolar = stereo([&](std::size_t) { return random.bits() % 2 == 0 ? 1.0 : -1.0; });
    to.add(kNoise, "bipolar noise", bipolar);
    to.add(kNoise, "bipolar noise +12 dB", louder(bipolar, 12.0));
    Audio uniform = stereo([&](std::size_t) { return random.between(-1.0, 1.0); });
    uniform = louder(std::move(uniform), 12.0);
    to.add(kNoise, "uniform noise +12 dB", uniform);
    std::vector<bool> gate(uniform[0].size() / 480 + 1);
    std::generate(gate.begin(), gate.end(), [&] { return random.bits() % 2 == 0; });
    for (Channel &x : uniform)
        for (std::size_t i = 0; i < x.size(); ++i)
            if (!gate[i / 480])
                x[i] = 0.0f;
    to.add(kNoise, "gated noise +12 dB", std::move(uniform));
    // An alternation that starts anew with the same sign: between the two equal samples the wave
    // rises far above both.
    Channel flips(static_cast<std::size_t>(to.seconds() * kRate_hz), 0.0f);
    for (std::size_t at = 2400; at + 100 < flips.size(); at += 4800)
        for (std::size_t k = 0; k < 32; ++k)
            flips[at + k] = (k < 16 ? k % 2 == 1 : k % 2 == 0) ? 1.0f : -1.0f;
    to.add(kNoise, "Nyquist flips", flips);
    to.add(kNoise, "Nyquist flips +12 dB", louder({flips, flips}, 12.0));
}

struct Track {
    const char *name;
    const char *package;
    const char *file;
    double start_s;
};

constexpr Track kTracks[] = {
    {"rrootage", "rrootage-data", "usr/share/games/rrootage/sounds/stg_a.ogg", 20},
    {"machine wars", "asc-music", "usr/share/games/asc/music/machine_wars.mp3", 40},
    {"warzone", "warzone2100-music",
     "usr/share/games/warzone2100/music/albums/original_soundtrack/track2.opus", 60},
    {"battle", "wesnoth-1.16-music", "usr/share/games/wesnoth/1.16/data/core/music/battle.ogg", 30},
    {"vengeful", "wesnoth-1.16-music", "usr/share/games/wesnoth/1.16/data/core/music/vengeful.ogg",
     60},
};

Audio excerpt(const std::filesystem::path &file, double start_s, double seconds, double rate_hz) {
    auto reader = app::AudioReader::open(file, static_cast<int>(rate_hz));
    if (!reader)
        throw std::runtime_error(reader.error().text());
    const auto frames = [&](double s) { return static_cast<std::size_t>(s * rate_hz); };
    const std::size_t channels = reader->channels().size();
    std::vector<float> interleaved(frames(start_s + seconds) * channels);
    const auto got = reader->read(interleaved);
    if (!got)
        throw std::runtime_error(got.error().text());
    Audio audio(2);
    for (std::size_t i = frames(start_s); i < *got; ++i)
        for (std::size_t c = 0; c < 2; ++c)
            audio[c].push_back(interleaved[i * channels + std::min(c, channels - 1)]);
    return audio;
}

} // namespace

Audio louder(Audio audio, double gain_db) {
    const auto gain = static_cast<float>(amplitude(gain_db));
    for (Channel &x : audio)
        for (float &v : x)
            v *= gain;
    return audio;
}

Audio loud_programme(double seconds) {
    Audio audio = app::demo_programme(kRate_hz);
    for (Channel &x : audio)
        x.resize(static_cast<std::size_t>(seconds * kRate_hz));
    const double peak_db = test::level_db(test::highest_sample(audio));
    return louder(std::move(audio), 9.0 - peak_db);
}

std::vector<Material> synthesised_material(Extent extent) {
    Collection collection(extent);
    Random random(20240229);
    add_sines(collection, random);
    add_ebu_cases(collection);
    add_bursts(collection);
    add_clicks(collection, random);
    add_squares(collection);
    add_noise(collection, random);
    return collection.take();
}

MusicMaterial music_material(Extent extent, const std::filesystem::path &folder, double rate_hz) {
    MusicMaterial music;
    const double seconds = extent == Extent::whole ? 30.0 : 8.0;
    for (const Track &track : kTracks) {
        if (extent == Extent::quick && music.tracks.size() == 2)
            break;
        const auto fetched = test::run_program({HEADROOM_FETCH_MUSIC, track.package, folder}, {},
                                               std::chrono::minutes(5));
        if (fetched.exit_code != 0) {
            if (music.missing.empty() || music.missing.back() != track.package)
                music.missing.emplace_back(track.package);
            continue;
        }
        Audio audio = excerpt(folder / track.package / track.file, track.start_s, seconds, rate_hz);
        add_tail(audio);
        const double peak_db = test::level_db(test::highest_sample(audio));
        music.tracks.push_back({track.name, kMusic, louder(std::move(audio), 9.0 - peak_db)});
    }
    return music;
}

} // namespace headroom::bench
