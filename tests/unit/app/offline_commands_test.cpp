// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"
#include "tests/unit/app/command_line.hpp"
#include "tests/unit/app/reference_meter.hpp"
#include "tests/unit/app/sound_files.hpp"

#include <nlohmann/json.hpp>

using namespace headroom::app;
using command_line::mentions;
using command_line::Outcome;
using command_line::render_cli;
using nlohmann::json;
using sound_files::Folder;
using sound_files::sine;
using sound_files::write_loud;

namespace {

Outcome measure_cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "measure");
    return command_line::run(add_measure_command, std::move(arguments));
}

} // namespace

TEST_CASE("render writes the file and says what it did") {
    const Folder folder;
    write_loud(folder / "in.wav");
    const Outcome outcome =
        render_cli({folder / "in.wav", folder / "out.wav", "--set", "limiter/ceiling=-3", "--set",
                    "bus/main/agc/on=off", "--profile", "transparent", "--json"});
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    CHECK(outcome.errors.empty());
    const json figures = json::parse(outcome.output);
    CHECK(figures["profile"] == "transparent");
    CHECK(figures["bus"] == "main");
    CHECK(figures["sample_rate"] == 48000);
    CHECK(figures["channels"] == 2);
    CHECK(figures["frames"] == 96000);
    CHECK(figures["latency_frames"] > 0);
    CHECK(figures["ceiling_dbtp"] == -3.0);
    CHECK(figures["input_true_peak_dbtp"].get<double>() == Approx(3.52).margin(0.05));
    CHECK(figures["output_true_peak_dbtp"].get<double>() <= -3.0);
    CHECK(figures["output_true_peak_dbtp"].get<double>() > -3.5);
    CHECK(figures["output_integrated_lufs"].get<double>() <
          figures["input_integrated_lufs"].get<double>());
    const auto out = read_audio_file(folder / "out.wav");
    REQUIRE(out.has_value());
    CHECK(out->channels[0].size() == 96000);
    CHECK(reference::true_peak_dbtp(out->channels) <= -3.0);
}

TEST_CASE("render speaks to people without --json") {
    const Folder folder;
    write_loud(folder / "in.wav");
    const Outcome outcome = render_cli({folder / "in.wav", folder / "out.flac"});
    CHECK(outcome.exit_code == 0);
    mentions(outcome.output, "true peak 3.5 -> -1.");
    mentions(outcome.output, "dBTP (ceiling -1.0), integrated loudness");
    CHECK(outcome.errors.empty());
}

TEST_CASE("render replaces a file only by a complete one") {
    const Folder folder;
    write_loud(folder / "in.wav");
    std::ofstream(folder / "out.wav") << "what was there";
    CHECK(render_cli({folder / "none.wav", folder / "out.wav"}).exit_code == 1);
    CHECK(sound_files::bytes(folder / "out.wav") == "what was there");
    CHECK(render_cli({folder / "in.wav", folder / "out.wav"}).exit_code == 0);
    CHECK(read_audio_file(folder / "out.wav").has_value());
    CHECK(folder.entries() == 2);
}

TEST_CASE("render never overwrites its input, under whatever name") {
    const Folder folder;
    write_loud(folder / "in.wav");
    const std::string before = sound_files::bytes(folder / "in.wav");
    std::filesystem::create_symlink(folder / "in.wav", folder / "link.wav");
    std::filesystem::create_hard_link(folder / "in.wav", folder / "hard.wav");
    for (const char *name : {"in.wav", "link.wav", "hard.wav", "./../in.wav"}) {
        CAPTURE(name);
        const auto out = std::string(name).starts_with("./")
                             ? folder.path() / ".." / folder.path().filename() / "in.wav"
                             : folder / name;
        const Outcome outcome = render_cli({folder / "in.wav", out});
        CHECK(outcome.exit_code == 2);
        mentions(outcome.errors, "is both the input and the output");
    }
    CHECK(sound_files::bytes(folder / "in.wav") == before);
}

TEST_CASE("Wrong use of render ends with 2 and a remedy") {
    const Folder folder;
    write_loud(folder / "in.wav");
    const std::string in = folder / "in.wav";
    const std::string out = folder / "out.wav";
    const auto refusal = [](std::vector<std::string> arguments, const std::string &part) {
        const Outcome outcome = render_cli(std::move(arguments));
        CHECK(outcome.exit_code == 2);
        CHECK(outcome.output.empty());
        mentions(outcome.errors, part);
    };
    refusal({}, "required");
    refusal({in}, "expected IN and OUT");
    refusal({in, out, "--loud"}, "--loud");
    refusal({in, folder / "out.mp3"}, "use .wav for 32-bit float or .flac for 24 bits");
    refusal({in, out, "--set", "limiter/celing=-3"}, "did you mean limiter/ceiling?");
    refusal({in, out, "--set", "limiter/ceiling=5"}, "expected a number from -20.0 to 0.0 dBTP");
    refusal({in, out, "--bus", "film"}, "it has main");
    refusal({in, out, "--block", "0"}, "--block");
    refusal({in, out, "--rate", "1"}, "--rate");
    CHECK(folder.entries() == 1);
}

TEST_CASE("What render cannot read ends with 1") {
    const Folder folder;
    std::ofstream(folder / "text.wav") << "no sound at all\n";
    Outcome outcome = render_cli({folder / "text.wav", folder / "out.wav"});
    CHECK(outcome.exit_code == 1);
    mentions(outcome.errors, "headroom render: " + (folder / "text.wav").string());
    outcome = render_cli({folder / "none.wav", folder / "out.wav"});
    CHECK(outcome.exit_code == 1);
    mentions(outcome.errors, "no such file");
    write_loud(folder / "in.wav");
    outcome = render_cli({folder / "in.wav", folder / "out.wav", "--profile", "no-such-profile"});
    CHECK(outcome.exit_code == 1);
    mentions(outcome.errors, "no-such-profile");
    CHECK(folder.entries() == 2);
}

TEST_CASE("measure agrees with libebur128") {
    const Folder folder;
    for (const int channels : {1, 2}) {
        AudioChannels sound(static_cast<std::size_t>(channels));
        for (auto &channel : sound)
            for (const double peak : {0.05, 0.5, 0.2}) {
                const auto part = sine(800.0, peak, 44100, 44100 * 5);
                channel.insert(channel.end(), part.begin(), part.end());
            }
        sound_files::write_wav(folder / "in.wav", 44100, sound);
        const Outcome outcome = measure_cli({folder / "in.wav", "--json"});
        REQUIRE(outcome.exit_code == 0);
        const json figures = json::parse(outcome.output);
        const auto expected = reference::loudness(sound, 44100, 0, SIZE_MAX, true);
        const auto close = [&](const char *key, double value, double margin) {
            CAPTURE(key, channels);
            CHECK(figures[key].get<double>() == Approx(value).margin(margin));
        };
        close("integrated_lufs", expected.integrated_lufs, 0.05);
        close("max_momentary_lufs", expected.max_momentary_lufs, 0.05);
        close("max_short_term_lufs", expected.max_short_term_lufs, 0.05);
        close("loudness_range_lu", expected.range_lu, 0.3);
        close("true_peak_dbtp", expected.true_peak_dbtp, 0.1);
        close("sample_peak_dbfs", -6.02, 0.01);
        CHECK(figures["channels"] == channels);
        CHECK(figures["duration_s"] == 15.0);
    }
}

TEST_CASE("Silence has no loudness") {
    const Folder folder;
    sound_files::write_wav(folder / "in.wav", 48000, AudioChannels(2, std::vector<float>(96000)));
    const json figures = json::parse(measure_cli({folder / "in.wav", "--json"}).output);
    for (const char *key : {"integrated_lufs", "max_momentary_lufs", "max_short_term_lufs",
                            "loudness_range_lu", "true_peak_dbtp", "sample_peak_dbfs"}) {
        CAPTURE(key);
        CHECK(figures.at(key).is_null());
    }
    const Outcome text = measure_cli({folder / "in.wav"});
    mentions(text.output, "Integrated loudness     -inf LUFS");
}

TEST_CASE("measure counts a peak between the last samples, and ignores what is no number") {
    const Folder folder;
    // fs/4 at 45 degrees: samples of 0.5, peaks of 0.707 between them.
    std::vector<float> sound(400);
    for (std::size_t i = 0; i < sound.size(); ++i)
        sound[i] = i < 380 ? 0.0f : (i / 2 % 2 == 0 ? 0.5f : -0.5f);
    sound[100] = std::numeric_limits<float>::quiet_NaN();
    sound_files::write_wav(folder / "in.wav", 48000, {sound});
    const json figures = json::parse(measure_cli({folder / "in.wav", "--json"}).output);
    CHECK(figures["true_peak_dbtp"].get<double>() > -3.5);
    CHECK(figures["sample_peak_dbfs"].get<double>() == Approx(-6.021).margin(0.001));
}

TEST_CASE("Several files give a table or an array, and one that fails does not stop the others") {
    const Folder folder;
    write_loud(folder / "a.wav");
    write_loud(folder / "b.wav", 1);
    const std::vector<std::string> files{folder / "a.wav", folder / "none.wav", folder / "b.wav"};
    Outcome outcome = measure_cli(files);
    CHECK(outcome.exit_code == 1);
    mentions(outcome.errors, "none.wav: no such file");
    mentions(outcome.output, "Integr.");
    mentions(outcome.output, "a.wav");
    mentions(outcome.output, "b.wav");
    std::vector<std::string> with_json = files;
    with_json.push_back("--json");
    outcome = measure_cli(with_json);
    CHECK(outcome.exit_code == 1);
    const json array = json::parse(outcome.output);
    REQUIRE(array.size() == 2);
    CHECK(array[0]["file"] == (folder / "a.wav").string());
    CHECK(array[1]["channels"] == 1);
}

TEST_CASE("Wrong use of measure ends with 2") {
    CHECK(measure_cli({}).exit_code == 2);
    CHECK(measure_cli({"--what"}).exit_code == 2);
    CHECK(measure_cli({"--help"}).exit_code == 0);
}
