// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/conformance/agc/programme.hpp"

#include "jack_client/app/audio_file.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "tests/support/music/music.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>

namespace headroom::test {

namespace {

std::size_t frames(double seconds) {
    return static_cast<std::size_t>(std::lround(seconds * kRate_hz));
}

} // namespace

double loudness_lufs(const Audio &audio) {
    constexpr std::array<float, 2> kStereo{1.0f, 1.0f};
    dsp::LoudnessMeter meter(kRate_hz, kStereo);
    std::vector<float *> channels(2);
    std::array<std::array<float, dsp::kGridFrames>, 2> block;
    for (std::size_t at = 0; at < audio[0].size(); at += dsp::kGridFrames) {
        const std::size_t count = std::min<std::size_t>(dsp::kGridFrames, audio[0].size() - at);
        for (std::size_t c = 0; c < 2; ++c) {
            std::copy_n(audio[c].begin() + static_cast<std::ptrdiff_t>(at), count,
                        block[c].begin());
            channels[c] = block[c].data();
        }
        meter.process({channels.data(), 2, static_cast<int>(count)});
    }
    return static_cast<double>(meter.integrated_lufs());
}

Audio stretch(const std::filesystem::path &file, double from_s, double seconds) {
    auto reader = app::AudioReader::open(file, static_cast<int>(kRate_hz));
    REQUIRE(reader.has_value());
    const std::size_t channels = reader->channels().size();
    std::vector<float> samples(frames(from_s + seconds) * channels);
    const auto count = reader->read(samples);
    REQUIRE(count.has_value());
    REQUIRE(*count > frames(from_s));
    Audio audio(2);
    for (std::size_t i = frames(from_s); i < *count; ++i)
        for (std::size_t c = 0; c < 2; ++c)
            audio[c].push_back(samples[i * channels + std::min(c, channels - 1)]);
    return audio;
}

Audio at_loudness(Audio audio, double wanted_lufs) {
    const double gain_db = wanted_lufs - loudness_lufs(audio);
    const auto gain = static_cast<float>(std::pow(10.0, gain_db / 20.0));
    for (auto &channel : audio)
        for (float &v : channel)
            v *= gain;
    return audio;
}

void append(Audio &to, Audio audio) {
    to.resize(2);
    const std::size_t fade = frames(0.010);
    for (std::size_t c = 0; c < 2; ++c) {
        auto &channel = audio[c];
        for (std::size_t i = 0; i < std::min(fade, channel.size()); ++i) {
            const float share = static_cast<float>(i) / static_cast<float>(fade);
            channel[i] *= share;
            channel[channel.size() - 1 - i] *= share;
        }
        to[c].insert(to[c].end(), channel.begin(), channel.end());
    }
}

Audio silence(double seconds) {
    return Audio(2, std::vector<float>(frames(seconds), 0.0f));
}

void mix_in(Audio &to, const Audio &audio) {
    for (std::size_t c = 0; c < to.size(); ++c)
        for (std::size_t i = 0; i < to[c].size(); ++i)
            to[c][i] += audio[c][i];
}

Audio room_tone(double seconds, double loudness) {
    std::mt19937 random(11);
    std::normal_distribution<float> white;
    Audio audio = silence(seconds);
    float air = 0.0f;
    for (std::size_t i = 0; i < audio[0].size(); ++i) {
        air += 0.05f * (white(random) - air); // falls from 400 Hz on
        audio[0][i] = audio[1][i] = air;
    }
    return at_loudness(std::move(audio), loudness);
}

Audio speech(double seconds) {
    Audio audio(2);
    constexpr const char *kSentences[] = {"Front_Center", "Rear_Left",  "Side_Right",
                                          "Front_Right",  "Side_Left",  "Rear_Right",
                                          "Front_Left",   "Rear_Center"};
    const double pauses_s[] = {0.4, 1.5, 0.7, 2.0, 0.5, 1.0};
    for (std::size_t i = 0; audio[0].size() < frames(seconds); ++i) {
        append(audio, stretch(music("alsa-utils", "usr/share/sounds/alsa/" +
                                                      std::string(kSentences[i % 8]) + ".wav"),
                              0.0, 3.0));
        append(audio, silence(pauses_s[i % 6]));
    }
    for (auto &channel : audio)
        channel.resize(frames(seconds));
    return audio;
}

double GainHistory::at(double time_s) const {
    const auto point = std::find_if(points.begin(), points.end(),
                                    [&](const Point &p) { return p.time_s >= time_s; });
    return point == points.end() ? points.back().gain_db : point->gain_db;
}

double GainHistory::lowest(double from_s, double to_s) const {
    double lowest_db = at(from_s);
    for (const Point &p : points)
        if (p.time_s >= from_s && p.time_s <= to_s)
            lowest_db = std::min(lowest_db, p.gain_db);
    return lowest_db;
}

double GainHistory::highest(double from_s, double to_s) const {
    double highest_db = at(from_s);
    for (const Point &p : points)
        if (p.time_s >= from_s && p.time_s <= to_s)
            highest_db = std::max(highest_db, p.gain_db);
    return highest_db;
}

double GainHistory::path_db(double from_s, double to_s) const {
    double path = 0.0;
    for (std::size_t i = 1; i < points.size(); ++i)
        if (points[i].time_s >= from_s && points[i].time_s <= to_s)
            path += std::fabs(points[i].gain_db - points[i - 1].gain_db);
    return path;
}

double GainHistory::fastest_rise_db_per_s() const {
    double fastest = 0.0;
    for (std::size_t i = 1; i < points.size(); ++i)
        fastest = std::max(fastest, (points[i].gain_db - points[i - 1].gain_db) /
                                        (points[i].time_s - points[i - 1].time_s));
    return fastest;
}

double GainHistory::fastest_fall_db_per_s() const {
    GainHistory turned = *this;
    for (Point &p : turned.points)
        p.gain_db = -p.gain_db;
    return turned.fastest_rise_db_per_s();
}

Passage::Passage(const ParameterValues &values, const Audio &input) {
    const auto engine = one_bus(values, kRate_hz);
    const auto late = static_cast<std::size_t>(engine->latency_frames(0));
    Audio padded = input;
    for (auto &channel : padded)
        channel.resize(channel.size() + late, 0.0f);
    const auto take = [&] {
        while (engine->next_meters(meters))
            gain.points.push_back({static_cast<double>(meters.frame) / kRate_hz,
                                   static_cast<double>(reading(meters, "agc/gain"))});
    };
    output = run(*engine, padded, every(480), [&](std::uint64_t) { take(); });
    take();
    for (auto &channel : output)
        channel.erase(channel.begin(), channel.begin() + static_cast<std::ptrdiff_t>(late));
}

} // namespace headroom::test
