// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/demo_programme.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/music/music.hpp"
#include "tests/unit/app/reference_meter.hpp"
#include "tests/unit/app/sound_files.hpp"

#include <csignal>
#include <nlohmann/json.hpp>

using namespace headroom;
using namespace headroom::app;
using headroom::test::ChildProcess;
using headroom::test::eventually;
using headroom::test::run_program;
using headroom::test::RunResult;
using nlohmann::json;
using sound_files::Folder;

namespace {

RunResult program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), HEADROOM_PROGRAM);
    return run_program(std::move(arguments), {}, std::chrono::minutes(4));
}

json json_of(std::vector<std::string> arguments) {
    const RunResult result = program(std::move(arguments));
    INFO(result.standard_error);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.standard_output);
}

/// The piece, or its first seconds, pushed by 9 dB into the ceiling.
AudioChannels pushed_music(int seconds = 0) {
    auto data = read_audio_file(test::loud_music());
    REQUIRE(data.has_value());
    const float gain = std::pow(10.0f, 9.0f / 20.0f);
    for (auto &channel : data->channels) {
        if (seconds > 0)
            channel.resize(static_cast<std::size_t>(seconds) *
                           static_cast<std::size_t>(data->sample_rate_hz));
        for (float &sample : channel)
            sample *= gain;
    }
    return data->channels;
}

/// The process holds a file in the making that has no name yet, in this folder.
bool holds_unnamed_file(pid_t pid, const Folder &folder) {
    const auto descriptors = "/proc/" + std::to_string(pid) + "/fd";
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(descriptors, error)) {
        const std::string target = std::filesystem::read_symlink(entry, error).string();
        if (target.starts_with(folder.path().string()) && target.ends_with("(deleted)"))
            return true;
    }
    return false;
}

} // namespace

TEST_CASE("Real music pushed by 9 dB keeps the ceiling") {
    const Folder folder;
    const AudioChannels music = pushed_music();
    sound_files::write_wav(folder / "in.wav", 44100, music);
    for (const char *profile : {"default", "transparent"}) {
        CAPTURE(profile);
        const json figures = json_of(
            {"render", folder / "in.wav", folder / "out.wav", "--profile", profile, "--json"});
        CHECK(figures["frames"] == music[0].size());
        CHECK(figures["input_true_peak_dbtp"].get<double>() > 3.0);
        CHECK(figures["output_true_peak_dbtp"].get<double>() <= -1.0);
        const auto out = read_audio_file(folder / "out.wav");
        REQUIRE(out.has_value());
        CHECK(out->channels[0].size() == music[0].size());
        CHECK(reference::loudness(out->channels, 44100).true_peak_dbtp <= -1.0);
        CHECK(reference::true_peak_dbtp(out->channels) <= -1.0);
    }
}

TEST_CASE("measure agrees with libebur128 on real music") {
    const std::string file = test::loud_music();
    const json figures = json_of({"measure", file, "--json"});
    const auto data = read_audio_file(file);
    const auto expected =
        reference::loudness(data->channels, data->sample_rate_hz, 0, SIZE_MAX, true);
    const auto close = [&](const char *key, double value, double margin) {
        CAPTURE(key);
        CHECK(figures[key].get<double>() == Approx(value).margin(margin));
    };
    close("integrated_lufs", expected.integrated_lufs, 0.05);
    close("max_momentary_lufs", expected.max_momentary_lufs, 0.05);
    close("max_short_term_lufs", expected.max_short_term_lufs, 0.05);
    close("loudness_range_lu", expected.range_lu, 0.2);
    close("true_peak_dbtp", expected.true_peak_dbtp, 0.2);
}

TEST_CASE("Files are bit-identical for every block size, and from one run to the next") {
    const Folder folder;
    sound_files::write_wav(folder / "in.wav", 44100, pushed_music(12));
    std::string expected;
    for (const char *block : {"1024", "1024", "1", "32", "64", "333", "8192"}) {
        CAPTURE(block);
        json_of({"render", folder / "in.wav", folder / "out.wav", "--block", block, "--json"});
        const std::string bytes = sound_files::bytes(folder / "out.wav");
        if (expected.empty())
            expected = bytes;
        CHECK(bytes == expected);
    }
}

TEST_CASE("A killed render leaves nothing behind") {
    const Folder folder;
    auto demo = demo_programme(48000.0);
    for (auto &channel : demo) {
        const std::vector<float> once = channel;
        for (int i = 0; i < 10; ++i)
            channel.insert(channel.end(), once.begin(), once.end());
    }
    sound_files::write_wav(folder / "in.wav", 48000, demo);
    for (const int number : {SIGKILL, SIGTERM, SIGINT}) {
        CAPTURE(number);
        ChildProcess process(
            {HEADROOM_PROGRAM, "render", folder / "in.wav", folder / "out.wav", "--block", "1"});
        REQUIRE(eventually([&] { return holds_unnamed_file(process.pid(), folder); }));
        process.signal(number);
        CHECK(process.wait() == 128 + number);
        CHECK(folder.entries() == 1);
    }
}

TEST_CASE("A long file needs little memory") {
    const Folder folder;
    // Four minutes of 5.1, 276 MB as float, is more than the program may have.
    constexpr int kMinutes = 4;
    {
        auto writer = AudioWriter::create(folder / "in.flac", 48000, *find_layout("5.1"), 0);
        REQUIRE(writer.has_value());
        const std::vector<float> minute(static_cast<std::size_t>(6 * 48000 * 60), 0.01f);
        for (int i = 0; i < kMinutes; ++i)
            REQUIRE(writer->write(minute).has_value());
        REQUIRE(writer->commit().has_value());
    }
    const RunResult result =
        run_program({"sh", "-c", "ulimit -v 200000; exec \"$@\"", "sh", HEADROOM_PROGRAM, "render",
                     folder / "in.flac", folder / "out.flac", "--profile", "bypass-all"},
                    {}, std::chrono::minutes(4));
    INFO(result.standard_error);
    CHECK(result.exit_code == 0);
}

TEST_CASE("The program's exit codes tell wrong use from failure") {
    const Folder folder;
    CHECK(program({"render"}).exit_code == 2);
    CHECK(program({"render", "--help"}).exit_code == 0);
    CHECK(program({"measure"}).exit_code == 2);
    CHECK(program({"measure", folder / "none.wav"}).exit_code == 1);
    CHECK(program({"render", folder / "none.wav", folder / "out.wav"}).exit_code == 1);
    CHECK(program({"render", folder / "none.wav", folder / "out.mp3"}).exit_code == 2);
    CHECK(folder.entries() == 0);
}
