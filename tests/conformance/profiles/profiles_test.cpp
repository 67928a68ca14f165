// SPDX-License-Identifier: GPL-3.0-or-later
// What every built-in profile does to a loud film, a quiet podcast, a notification and a steady
// programme. The figures stand in the comments of the profiles, and are held against them here.
#include "config/embedded_files.hpp"
#include "config/profile.hpp"
#include "jack_client/app/offline_meter.hpp"
#include "jack_client/control/desired_state.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

using namespace headroom;

namespace {

constexpr int kRate_hz = 48000;
using Channels = std::vector<std::vector<float>>;

constexpr ParameterId kCeiling = parameter_id("limiter/ceiling");
constexpr ParameterId kTarget = parameter_id("agc/target");
constexpr ParameterId kAgc = parameter_id("agc/on");

/// Sound with the spectrum and the syllables of speech, or with that of music, of about this level.
class Generator {
  public:
    void add(Channels &to, double seconds, float level_dbfs, float depth, float syllables_hz) {
        const float level = std::pow(10.0f, level_dbfs / 20.0f);
        const auto frames = static_cast<std::size_t>(seconds * kRate_hz);
        for (std::size_t i = 0; i < frames; ++i, ++frame_) {
            const float phase = 2.0f * static_cast<float>(M_PI) * syllables_hz *
                                static_cast<float>(frame_ % (kRate_hz * 4)) / kRate_hz;
            const float envelope = 1.0f - depth * (0.5f + 0.5f * std::sin(phase));
            for (std::size_t c = 0; c < to.size(); ++c) {
                low_[c] += 0.12f * (noise() - low_[c]);
                high_[c] += 0.01f * (low_[c] - high_[c]);
                to[c].push_back(8.0f * level * envelope * (low_[c] - high_[c]));
            }
        }
    }

  private:
    float noise() {
        random_ = random_ * 1664525u + 1013904223u;
        return static_cast<float>(static_cast<std::int32_t>(random_)) * 0x1p-31f;
    }
    std::uint32_t random_ = 1;
    std::size_t frame_ = 0;
    float low_[2] = {};
    float high_[2] = {};
};

/// Quiet dialogue, effects far over full scale of a loudspeaker, dialogue again.
Channels loud_film() {
    Channels out(2);
    Generator generator;
    generator.add(out, 9, -30, 0.9f, 4);
    generator.add(out, 6, -3, 0.5f, 1);
    generator.add(out, 9, -30, 0.9f, 4);
    return out;
}

Channels quiet_podcast() {
    Channels out(2);
    Generator().add(out, 20, -40, 0.9f, 4);
    return out;
}

/// Music, half a second of a beep at full scale, music.
Channels notification() {
    Channels out(2);
    Generator generator;
    generator.add(out, 8, -26, 0.4f, 2);
    for (auto &channel : out)
        for (int i = 0; i < kRate_hz / 2; ++i)
            channel.push_back((i / 24) % 2 == 0 ? 1.0f : -1.0f);
    generator.add(out, 2, -26, 0.4f, 2);
    return out;
}

/// As loud as most records and broadcasts are, all the time.
Channels steady_programme() {
    Channels out(2);
    Generator().add(out, 24, -18, 0.3f, 2);
    return out;
}

Channels processed(const Profile &profile, Channels audio) {
    engine::Engine engine(control::engine_setup(profile), profile.globals, kRate_hz);
    constexpr std::size_t kBlock = 1024;
    for (std::size_t at = 0; at < audio[0].size(); at += kBlock) {
        const std::size_t frames = std::min(kBlock, audio[0].size() - at);
        float *block[2] = {audio[0].data() + at, audio[1].data() + at};
        engine.process(block, block, static_cast<std::uint32_t>(frames));
        for (engine::MeterFrame meters; engine.next_meters(meters);) {
        }
    }
    return audio;
}

app::ProgrammeFigures figures(const Channels &audio, double from_s = 0, double to_s = 1e9) {
    app::ProgrammeMeter meter(kRate_hz, *find_layout("stereo"));
    const auto from = static_cast<std::size_t>(from_s * kRate_hz);
    const auto to = std::min(static_cast<std::size_t>(to_s * kRate_hz), audio[0].size());
    const float *channels[2] = {audio[0].data() + from, audio[1].data() + from};
    meter.process(channels, to - from);
    return meter.finish();
}

/// How far dialogue and effects of the film, and the beep and the music, are apart.
double film_span_lu(const Channels &audio) {
    return figures(audio, 11, 15).integrated_lufs - figures(audio, 4, 9).integrated_lufs;
}
double beep_over_music_lu(const Channels &audio) {
    return figures(audio, 8, 8.6).max_momentary_lufs - figures(audio, 5, 8).integrated_lufs;
}

std::string line(const char *what, const std::vector<std::array<double, 2>> &pairs,
                 const std::vector<const char *> &units) {
    std::string out = std::string("#   ") + what;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        std::array<char, 80> text{};
        std::snprintf(text.data(), text.size(), "%s %.1f -> %.1f %s", i > 0 ? "," : "", pairs[i][0],
                      pairs[i][1], units[i]);
        out += text.data();
    }
    return out;
}

/// The lines that the comment of the profile should have.
std::vector<std::string> figure_lines(const Profile &profile) {
    const Channels film = loud_film();
    const Channels film_out = processed(profile, film);
    const Channels podcast = quiet_podcast();
    const Channels podcast_out = processed(profile, podcast);
    const Channels beep = notification();
    const Channels beep_out = processed(profile, beep);
    const Channels steady = steady_programme();
    return {line("loud film:",
                 {{figures(film).integrated_lufs, figures(film_out).integrated_lufs},
                  {film_span_lu(film), film_span_lu(film_out)},
                  {figures(film).true_peak_dbtp, figures(film_out).true_peak_dbtp}},
                 {"LUFS", "LU from dialogue to effects", "dBTP"}),
            line("quiet podcast:",
                 {{figures(podcast, 10).integrated_lufs, figures(podcast_out, 10).integrated_lufs}},
                 {"LUFS"}),
            line("notification:",
                 {{beep_over_music_lu(beep), beep_over_music_lu(beep_out)},
                  {figures(beep).true_peak_dbtp, figures(beep_out).true_peak_dbtp}},
                 {"LU over the music", "dBTP"}),
            line("steady programme:",
                 {{figures(steady, 16).integrated_lufs,
                   figures(processed(profile, steady), 16).integrated_lufs}},
                 {"LUFS"})};
}

std::vector<double> numbers(const std::string &text) {
    std::vector<double> out;
    for (std::size_t i = 0; i < text.size();) {
        char *end = nullptr;
        const double value = std::strtod(text.c_str() + i, &end);
        const auto length = static_cast<std::size_t>(end - (text.c_str() + i));
        if (length > 0)
            out.push_back(value);
        i += std::max<std::size_t>(length, 1);
    }
    return out;
}

/// The line of the comment that is about the same.
std::string same_line(std::string_view text, const std::string &wanted) {
    const std::string head = wanted.substr(0, wanted.find(':') + 1);
    const auto at = text.find(head);
    return at == text.npos ? std::string() : std::string(text.substr(at, text.find('\n', at) - at));
}

bool is_bypassed(const Profile &profile) {
    return profile.globals[global_parameter_id("bypass")] != 0.0f;
}

} // namespace

TEST_CASE("the comments of every profile tell what it does") {
    const bool print = std::getenv("HEADROOM_PRINT_FIGURES") != nullptr;
    for (const EmbeddedFile &file : embedded_profiles()) {
        const auto profile = read_profile(file.text, std::string(file.name) + ".yaml");
        REQUIRE(profile);
        for (const std::string &wanted : figure_lines(*profile)) {
            if (print) {
                std::printf("%s\t%s\n", std::string(file.name).c_str(), wanted.c_str());
                continue;
            }
            const std::string told = same_line(file.text, wanted);
            CAPTURE(std::string(file.name), wanted, told);
            const auto expected = numbers(wanted);
            const auto found = numbers(told);
            REQUIRE(found.size() == expected.size());
            for (std::size_t i = 0; i < found.size(); ++i)
                CHECK(std::fabs(found[i] - expected[i]) < 0.5);
        }
    }
}

TEST_CASE("every profile holds its ceiling and reaches its target loudness") {
    const Channels steady = steady_programme();
    const Channels film = loud_film();
    for (const EmbeddedFile &file : embedded_profiles()) {
        const auto profile = read_profile(file.text, std::string(file.name) + ".yaml");
        REQUIRE(profile);
        CAPTURE(std::string(file.name));
        if (is_bypassed(*profile))
            continue; // there is nothing to hold
        const ParameterValues &values = profile->buses[0].values;
        const Channels out = processed(*profile, steady);
        const double ceiling = static_cast<double>(values[kCeiling]) + 0.05;
        CHECK(figures(out).true_peak_dbtp <= ceiling);
        CHECK(figures(processed(*profile, film)).true_peak_dbtp <= ceiling);
        const double settled = figures(out, 16).integrated_lufs;
        if (values[kAgc] != 0.0f)
            CHECK(settled == Approx(static_cast<double>(values[kTarget])).margin(2.0));
        else
            CHECK(settled == Approx(figures(steady, 16).integrated_lufs).margin(0.5));
    }
}
