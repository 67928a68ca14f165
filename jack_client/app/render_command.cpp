// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"
#include "jack_client/app/offline_render.hpp"
#include "jack_client/app/offline_setting.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace headroom::app {

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUse = 2;
constexpr ParameterId kCeiling = parameter_id("limiter/ceiling");

struct RenderOptions {
    std::string input;
    std::string output;
    std::string profile = "default";
    std::string bus;
    std::vector<std::string> settings;
    std::string automation;
    int rate_hz = 0;
    std::uint32_t block_frames = 1024;
    bool json = false;
};

/// A bar on the terminal, redrawn when the percentage has changed; nothing anywhere else.
class ProgressBar {
  public:
    explicit ProgressBar(std::uint64_t total) : total_(isatty(STDERR_FILENO) != 0 ? total : 0) {}
    ~ProgressBar() {
        if (shown_percent_ >= 0)
            std::fputs("\r\033[K", stderr);
    }
    ProgressBar(const ProgressBar &) = delete;
    ProgressBar &operator=(const ProgressBar &) = delete;

    void show(std::uint64_t done) {
        if (total_ == 0)
            return;
        const int percent = static_cast<int>(std::min(done, total_) * 100 / total_);
        if (percent == shown_percent_)
            return;
        shown_percent_ = percent;
        const std::string bar(static_cast<std::size_t>(percent * kWidth / 100), '#');
        std::fprintf(stderr, "\r[%-*s] %3d %%", kWidth, bar.c_str(), percent);
    }

  private:
    static constexpr int kWidth = 50;
    std::uint64_t total_;
    int shown_percent_ = -1;
};

int complain(const Diagnostic &diagnostic, int exit_code) {
    std::cerr << "headroom render: " << diagnostic.text() << "\n";
    return exit_code;
}

void print(const RenderOptions &options, const RenderFigures &figures,
           const RenderSettings &settings, const Profile &profile, int sample_rate_hz,
           std::size_t channels) {
    const double ceiling_dbtp = static_cast<double>(settings.values[kCeiling]);
    if (!options.json) {
        std::printf("%s: true peak %s -> %s dBTP (ceiling %s), integrated loudness %s -> %s LUFS\n",
                    options.output.c_str(), decibel_text(figures.input.true_peak_dbtp).c_str(),
                    decibel_text(figures.output.true_peak_dbtp).c_str(),
                    decibel_text(ceiling_dbtp).c_str(),
                    decibel_text(figures.input.integrated_lufs).c_str(),
                    decibel_text(figures.output.integrated_lufs).c_str());
        return;
    }
    nlohmann::ordered_json json;
    json["input"] = options.input;
    json["output"] = options.output;
    json["profile"] = profile.name;
    json["bus"] = settings.bus;
    json["sample_rate"] = sample_rate_hz;
    json["channels"] = channels;
    json["frames"] = figures.frames;
    json["latency_frames"] = figures.latency_frames;
    json["input_integrated_lufs"] = json_decibels(figures.input.integrated_lufs);
    json["output_integrated_lufs"] = json_decibels(figures.output.integrated_lufs);
    json["input_true_peak_dbtp"] = json_decibels(figures.input.true_peak_dbtp);
    json["output_true_peak_dbtp"] = json_decibels(figures.output.true_peak_dbtp);
    json["ceiling_dbtp"] = json_decibels(ceiling_dbtp);
    std::cout << json.dump(2) << "\n";
}

/// The settings of the bus that is rendered, with everything from the command line.
Result<RenderSettings> settings_of(const RenderOptions &options, Profile &profile) {
    auto bus = profile.buses.begin();
    if (!options.bus.empty())
        bus = std::find_if(profile.buses.begin(), profile.buses.end(),
                           [&](const BusProfile &b) { return b.name == options.bus; });
    if (bus == profile.buses.end()) {
        std::string names;
        for (const BusProfile &b : profile.buses)
            names += (names.empty() ? "" : ", ") + b.name;
        return failure("profile " + profile.name + " has no bus \"" + options.bus + "\"",
                       "it has " + names);
    }
    for (const std::string &setting : options.settings)
        if (auto done = apply_setting(profile, *bus, setting); !done)
            return tl::unexpected(done.error());
    return RenderSettings{bus->name,       bus->values,
                          profile.globals, options.block_frames,
                          bus->order,      !bus->sidechain.empty()};
}

const BusProfile &bus_named(const Profile &profile, const std::string &name) {
    return *std::find_if(profile.buses.begin(), profile.buses.end(),
                         [&](const BusProfile &bus) { return bus.name == name; });
}

int run(const RenderOptions &options) {
    if (auto known = check_writable_format(options.output); !known)
        return complain(known.error(), kWrongUse);
    std::error_code error;
    if (std::filesystem::equivalent(options.input, options.output, error))
        return complain({.message = "is both the input and the output",
                         .file = options.output,
                         .remedy = "give the output another name"},
                        kWrongUse);
    auto profile = find_profile(options.profile);
    if (!profile)
        return complain(profile.error(), kFailed);
    auto settings = settings_of(options, *profile);
    if (!settings)
        return complain(settings.error(), kWrongUse);

    auto input = AudioReader::open(options.input, options.rate_hz);
    if (!input)
        return complain(input.error(), kFailed);
    if (!options.automation.empty()) {
        auto changes = read_automation(options.automation, *profile,
                                       bus_named(*profile, settings->bus), input->sample_rate_hz());
        if (!changes)
            return complain(changes.error(), kFailed);
        settings->changes = std::move(*changes);
    }
    auto output = AudioWriter::create(options.output, input->sample_rate_hz(), input->channels(),
                                      input->expected_frames());
    if (!output)
        return complain(output.error(), kFailed);
    Result<RenderFigures> figures;
    {
        ProgressBar bar(input->expected_frames());
        figures = render(*input, *output, *settings,
                         [&](const engine::MeterFrame &meters) { bar.show(meters.frame); });
    }
    if (!figures)
        return complain(figures.error(), kFailed);
    if (auto done = output->commit(); !done)
        return complain(done.error(), kFailed);
    print(options, *figures, *settings, *profile, input->sample_rate_hz(),
          input->channels().size());
    return 0;
}

} // namespace

void add_render_command(CLI::App &app, int &exit_code) {
    auto options = std::make_shared<RenderOptions>();
    CLI::App *command = app.add_subcommand(
        "render", "Process a sound file as the running program would, faster than it plays");
    command->add_option("input", options->input, "Sound file of any usual format")
        ->required()
        ->option_text("IN");
    command
        ->add_option("output", options->output,
                     "What to write: .wav (32-bit float) or .flac (24 bits). It has the length and "
                     "the channels of IN and appears when it is complete")
        ->required()
        ->option_text("OUT");
    command->add_option("--profile", options->profile, "Profile by name, or a file")
        ->option_text("NAME|FILE [default]");
    command
        ->add_option(
            "--set", options->settings,
            "Change a parameter of the profile, for example limiter/ceiling=-3 (repeatable)")
        ->option_text("PATH=VALUE")
        ->allow_extra_args(false)
        ->take_all();
    command
        ->add_option("--automation", options->automation,
                     "Change parameters on the way: each line has a time (12.5 in seconds, or "
                     "600000f as a frame of IN), a path and a value")
        ->option_text("FILE");
    command->add_option("--bus", options->bus, "Bus of the profile; the first where not given")
        ->option_text("NAME");
    command->add_option("--rate", options->rate_hz, "Sample rate to resample to before processing")
        ->option_text("HZ")
        ->check(CLI::Range(kMinSampleRate_hz, kMaxSampleRate_hz));
    command
        ->add_option("--block", options->block_frames,
                     "Frames in one call of the engine, which changes nothing in the result")
        ->option_text("N [1024]")
        ->check(CLI::Range(1, 1 << 16));
    command->add_flag("--json", options->json, "Print the figures as JSON");
    command->footer("Example: headroom render --profile night --set limiter/ceiling=-2 "
                    "film.flac film-night.flac");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

} // namespace headroom::app
