// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/audio_file.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/offline_meter.hpp"
#include "jack_client/app/readable.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace headroom::app {

namespace {

constexpr std::size_t kReadFrames = 8192;

struct Measurement {
    std::string file;
    int sample_rate_hz = 0;
    std::size_t channels = 0;
    std::uint64_t frames = 0;
    ProgrammeFigures figures;

    double duration_s() const {
        return static_cast<double>(frames) / static_cast<double>(sample_rate_hz);
    }
};

Result<Measurement> measure(const std::string &file) {
    auto reader = AudioReader::open(file);
    if (!reader)
        return tl::unexpected(reader.error());
    const std::size_t channels = reader->channels().size();
    ProgrammeMeter meter(reader->sample_rate_hz(), reader->channels());
    std::vector<float> interleaved(kReadFrames * channels);
    std::vector<std::vector<float>> planar(channels, std::vector<float>(kReadFrames));
    std::vector<const float *> pointers;
    pointers.reserve(channels);
    for (const auto &channel : planar)
        pointers.push_back(channel.data());

    Measurement out{.file = file, .sample_rate_hz = reader->sample_rate_hz(), .channels = channels};
    for (std::size_t count = kReadFrames; count == kReadFrames;) {
        const auto got = reader->read(interleaved);
        if (!got)
            return tl::unexpected(got.error());
        count = *got;
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t i = 0; i < count; ++i)
                planar[c][i] = interleaved[i * channels + c];
        meter.process(pointers.data(), count);
        out.frames += count;
    }
    out.figures = meter.finish();
    return out;
}

nlohmann::ordered_json measurement_json(const Measurement &measurement) {
    nlohmann::ordered_json json;
    add_name(json, "file", measurement.file);
    add_figures(json, measurement.figures);
    json["sample_rate"] = measurement.sample_rate_hz;
    json["channels"] = measurement.channels;
    json["frames"] = measurement.frames;
    json["duration_s"] = measurement.duration_s();
    return json;
}

void print_list(const Measurement &m) {
    const auto line = [](const char *label, double value, const char *unit) {
        std::printf("%-20s %7s %s\n", label, decibel_text(value).c_str(), unit);
    };
    std::printf("%s: %zu channels, %d Hz, %.1f s\n", readable(m.file).c_str(), m.channels,
                m.sample_rate_hz, m.duration_s());
    line("Integrated loudness", m.figures.integrated_lufs, "LUFS");
    line("Maximum momentary", m.figures.max_momentary_lufs, "LUFS");
    line("Maximum short-term", m.figures.max_short_term_lufs, "LUFS");
    line("Loudness range", m.figures.loudness_range_lu, "LU");
    line("True peak", m.figures.true_peak_dbtp, "dBTP");
    line("Sample peak", m.figures.sample_peak_dbfs, "dBFS");
}

void print_row(const Measurement &m) {
    const auto cell = [](double value) { std::printf("%10s", decibel_text(value).c_str()); };
    cell(m.figures.integrated_lufs);
    cell(m.figures.max_momentary_lufs);
    cell(m.figures.max_short_term_lufs);
    cell(m.figures.loudness_range_lu);
    cell(m.figures.true_peak_dbtp);
    cell(m.figures.sample_peak_dbfs);
    std::printf("  %s\n", readable(m.file).c_str());
    std::fflush(stdout);
}

int run(const std::vector<std::string> &files, bool json) {
    const bool table = files.size() > 1 && !json;
    auto array = nlohmann::ordered_json::array();
    int exit_code = 0;
    if (table)
        std::printf("%10s%10s%10s%10s%10s%10s\n%10s%10s%10s%10s%10s%10s\n", "Integr.", "Moment.",
                    "Short-t.", "Range", "True pk", "Sample pk", "LUFS", "LUFS", "LUFS", "LU",
                    "dBTP", "dBFS");
    for (const std::string &file : files) {
        const auto measurement = measure(file);
        if (!measurement) {
            std::cerr << "headroom measure: " << measurement.error().text() << "\n";
            exit_code = kFailed;
        } else if (json) {
            array.push_back(measurement_json(*measurement));
        } else if (table) {
            print_row(*measurement);
        } else {
            print_list(*measurement);
        }
    }
    if (json && files.size() > 1)
        std::cout << array.dump(2) << "\n";
    else if (json && !array.empty())
        std::cout << array.front().dump(2) << "\n";
    return exit_code;
}

} // namespace

void add_measure_command(CLI::App &app, int &exit_code) {
    struct Options {
        std::vector<std::string> files;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App *command =
        app.add_subcommand("measure", "Measure loudness and true peak of sound files");
    command->add_option("files", options->files, "Sound files of any usual format")
        ->required()
        ->option_text("FILE...");
    command->add_flag("--json", options->json,
                      "Print JSON: an object, or an array if there are several files. Silence "
                      "has the loudness null");
    command->footer("Loudness by ITU-R BS.1770-5 and EBU R 128.\n"
                    "Example:\n  headroom measure --json album/*.flac");
    command->callback([options, &exit_code] { exit_code = run(options->files, options->json); });
}

} // namespace headroom::app
