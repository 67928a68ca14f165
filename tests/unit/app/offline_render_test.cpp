// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"
#include "jack_client/app/demo_programme.hpp"
#include "jack_client/app/offline_render.hpp"
#include "tests/unit/app/reference_meter.hpp"
#include "tests/unit/app/sound_files.hpp"

#include <algorithm>
#include <limits>

using namespace headroom;
using namespace headroom::app;
using sound_files::Folder;
using sound_files::sine;

namespace {

RenderSettings settings_of(const std::string &profile_name, std::uint32_t block_frames = 1024) {
    const auto profile = find_profile(profile_name);
    REQUIRE(profile.has_value());
    const BusProfile &bus = profile->buses.front();
    return {bus.name, bus.values, profile->globals, block_frames};
}

RenderFigures render_file(const std::filesystem::path &in, const std::filesystem::path &out,
                          const RenderSettings &settings, int rate_hz = 0) {
    auto input = AudioReader::open(in, rate_hz);
    REQUIRE(input.has_value());
    auto output = AudioWriter::create(out, input->sample_rate_hz(), input->channels(),
                                      input->expected_frames());
    REQUIRE(output.has_value());
    const auto figures = render(*input, *output, settings);
    REQUIRE(figures.has_value());
    REQUIRE(output->commit().has_value());
    return *figures;
}

AudioChannels channels_of(const std::filesystem::path &file) {
    const auto data = read_audio_file(file);
    REQUIRE(data.has_value());
    return data->channels;
}

} // namespace

TEST_CASE("Quiet sound passes the transparent profile bit for bit, at its place") {
    const Folder folder;
    const RenderSettings settings = settings_of("transparent");
    for (const std::size_t frames : {1, 31, 264, 5000, 40000}) {
        CAPTURE(frames);
        const AudioChannels quiet{sine(441.0, 0.02, 48000, frames),
                                  sine(997.0, 0.02, 48000, frames)};
        sound_files::write_wav(folder / "in.wav", 48000, quiet);
        const auto figures = render_file(folder / "in.wav", folder / "out.wav", settings);
        CHECK(figures.frames == frames);
        CHECK(figures.latency_frames > 0);
        CHECK(channels_of(folder / "out.wav") == quiet);
    }
}

TEST_CASE("Every number of channels that a file may have is rendered") {
    const Folder folder;
    for (const int channels : {1, 2, 3, 4, 5, 6, 7, 8}) {
        CAPTURE(channels);
        AudioChannels sound;
        for (int c = 0; c < channels; ++c)
            sound.push_back(sine(200.0 + 100.0 * c, c == 0 ? 2.0 : 0.01, 48000, 24000));
        sound_files::write_wav(folder / "in.wav", 48000, sound);
        render_file(folder / "in.wav", folder / "out.wav", settings_of("transparent"));
        const auto out = read_audio_file(folder / "out.wav");
        REQUIRE(out.has_value());
        REQUIRE(out->channels.size() == sound.size());
        CHECK(out->layout == read_audio_file(folder / "in.wav")->layout);
        CHECK(reference::true_peak_dbtp(out->channels) <= -1.0 + 0.01);
        // One gain for all channels, and none into another.
        for (std::size_t c = 1; c < sound.size(); ++c)
            CHECK(out->channels[c][20003] / sound[c][20003] ==
                  Approx(out->channels[0][20003] / sound[0][20003]).epsilon(1e-4));
    }
}

TEST_CASE("The result does not depend on the block size") {
    const Folder folder;
    auto demo = demo_programme(44100.0);
    for (auto &channel : demo)
        channel.resize(static_cast<std::size_t>(7 * 44100));
    sound_files::write_wav(folder / "in.wav", 44100, demo);
    render_file(folder / "in.wav", folder / "whole.wav", settings_of("default"));
    const std::string expected = sound_files::bytes(folder / "whole.wav");
    for (const std::uint32_t block : {1U, 32U, 64U, 333U, 8192U, 65536U}) {
        CAPTURE(block);
        render_file(folder / "in.wav", folder / "out.wav", settings_of("default", block));
        CHECK(sound_files::bytes(folder / "out.wav") == expected);
    }
}

TEST_CASE("A rendered programme keeps its ceiling") {
    const Folder folder;
    sound_files::write_wav(folder / "in.wav", 48000, demo_programme(48000.0));
    for (const char *profile : {"default", "transparent", "night", "speech"}) {
        CAPTURE(profile);
        const auto figures =
            render_file(folder / "in.wav", folder / "out.wav", settings_of(profile));
        const double ceiling_dbtp =
            static_cast<double>(settings_of(profile).values[parameter_id("limiter/ceiling")]);
        const AudioChannels out = channels_of(folder / "out.wav");
        CHECK(figures.input.true_peak_dbtp > 4.0);
        CHECK(figures.output.true_peak_dbtp <= ceiling_dbtp);
        CHECK(reference::loudness(out, 48000).true_peak_dbtp <= ceiling_dbtp);
        CHECK(reference::true_peak_dbtp(out) <= ceiling_dbtp);
    }
}

TEST_CASE("The figures of a render are those of its files") {
    const Folder folder;
    const auto demo = demo_programme(48000.0);
    sound_files::write_wav(folder / "in.wav", 48000, demo);
    const auto figures = render_file(folder / "in.wav", folder / "out.wav", settings_of("default"));
    const auto before = reference::loudness(demo, 48000);
    const auto after = reference::loudness(channels_of(folder / "out.wav"), 48000);
    CHECK(figures.frames == demo[0].size());
    CHECK(figures.input.integrated_lufs == Approx(before.integrated_lufs).margin(0.05));
    CHECK(figures.output.integrated_lufs == Approx(after.integrated_lufs).margin(0.05));
    CHECK(figures.input.true_peak_dbtp == Approx(before.true_peak_dbtp).margin(0.3));
}

TEST_CASE("Resampled input is rendered at the new rate") {
    const Folder folder;
    sound_files::write_wav(folder / "in.wav", 44100, {sine(997.0, 0.05, 44100, 44100)});
    const auto figures =
        render_file(folder / "in.wav", folder / "out.wav", settings_of("transparent"), 96000);
    CHECK(figures.frames == 96000);
    const auto out = read_audio_file(folder / "out.wav");
    CHECK(out->sample_rate_hz == 96000);
    CHECK(out->channels == read_audio_file(folder / "in.wav", 96000)->channels);
}

TEST_CASE("Hostile samples do not reach the output") {
    const Folder folder;
    std::vector<float> sound = sine(440.0, 0.1, 48000, 20000);
    sound[5000] = std::numeric_limits<float>::quiet_NaN();
    sound[6000] = std::numeric_limits<float>::infinity();
    sound[7000] = 1e30f;
    sound[8000] = -1e-42f;
    sound_files::write_wav(folder / "in.wav", 48000, {sound, sound});
    const auto figures = render_file(folder / "in.wav", folder / "out.wav", settings_of("default"));
    for (const auto &channel : channels_of(folder / "out.wav"))
        CHECK(std::all_of(channel.begin(), channel.end(),
                          [](float x) { return std::fabs(x) <= 0.8913f; }));
    CHECK(std::isfinite(figures.output.integrated_lufs));
    CHECK(std::isfinite(figures.input.integrated_lufs));
}

TEST_CASE("A render that fails in the middle leaves nothing behind") {
    const Folder folder;
    REQUIRE(sound_files::write(folder / "in.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 48000,
                               {sine(440.0, 0.5, 48000, 96000)}));
    std::filesystem::resize_file(folder / "in.flac",
                                 std::filesystem::file_size(folder / "in.flac") / 2);
    {
        auto input = AudioReader::open(folder / "in.flac");
        auto output = AudioWriter::create(folder / "out.wav", 48000, input->channels(), 0);
        const auto figures = render(*input, *output, settings_of("default"));
        REQUIRE_FALSE(figures.has_value());
        CHECK(figures.error().text().find("is damaged after") != std::string::npos);
    }
    CHECK(folder.entries() == 1);
}
