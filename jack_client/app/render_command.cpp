// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"
#include "jack_client/app/offline_render.hpp"
#include "jack_client/app/offline_setting.hpp"
#include "jack_client/app/readable.hpp"
#include "jack_client/app/render_jobs.hpp"
#include "jack_client/app/render_plot.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <unistd.h>

namespace headroom::app {

namespace {

namespace fs = std::filesystem;

constexpr ParameterId kRenderedCeiling = parameter_id("limiter/ceiling");

struct RenderOptions {
    std::vector<std::string> files;
    std::string to;
    std::string profile = "default";
    std::string bus;
    std::vector<std::string> settings;
    std::string automation;
    std::string plot;
    int rate_hz = 0;
    int at_once = 1;
    std::uint32_t block_frames = 1024;
    bool json = false;
    bool report = false;
    bool resume = false;
};

/// A bar on the terminal for all files together, redrawn when the percentage has changed; nothing
/// anywhere else. For any thread.
class ProgressBar {
  public:
    explicit ProgressBar(std::size_t files)
        : files_(files), is_terminal_(isatty(STDERR_FILENO) != 0) {}
    ~ProgressBar() { clear(); }
    ProgressBar(const ProgressBar &) = delete;
    ProgressBar &operator=(const ProgressBar &) = delete;

    /// A file has got from one share of itself, 0 to 1, to another.
    void advance(double from, double to) {
        const std::lock_guard lock(mutex_);
        done_ += to - from;
        const int percent =
            static_cast<int>(100.0 * std::min(done_ / static_cast<double>(files_), 1.0));
        if (!is_terminal_ || percent == shown_percent_)
            return;
        shown_percent_ = percent;
        const std::string bar(static_cast<std::size_t>(percent * kWidth / 100), '#');
        std::fprintf(stderr, "\r[%-*s] %3d %%", kWidth, bar.c_str(), percent);
        if (files_ > 1)
            std::fprintf(stderr, " of %zu files", files_);
    }

    /// Takes the bar away while something is printed.
    void clear() {
        const std::lock_guard lock(mutex_);
        if (std::exchange(shown_percent_, -1) >= 0)
            std::fputs("\r\033[K", stderr);
    }

  private:
    static constexpr int kWidth = 50;
    std::mutex mutex_;
    std::size_t files_;
    bool is_terminal_;
    double done_ = 0.0;
    int shown_percent_ = -1;
};

int complain(const Diagnostic &diagnostic, int exit_code) {
    std::cerr << "headroom render: " << diagnostic.text() << "\n";
    return exit_code;
}

struct Outcome {
    RenderFigures figures;
    int sample_rate_hz = 0;
    std::size_t channels = 0;
    engine::MeterValues strongest{}; ///< gain of each meter that shows one
};

/// Everything that all files have in common.
struct Work {
    const RenderOptions &options;
    const RenderSettings &common_settings; ///< without changes on the way
    const Profile &profile;

    Result<Outcome> render_one(const RenderJob &job, ProgressBar &bar) const;
    void print(const RenderJob &job, const Outcome &outcome) const;
    void print_report(const Outcome &outcome) const;
    nlohmann::ordered_json json(const RenderJob &job, const Outcome &outcome) const;
};

const BusProfile &bus_named(const Profile &profile, const std::string &name) {
    return *std::find_if(profile.buses.begin(), profile.buses.end(),
                         [&](const BusProfile &bus) { return bus.name == name; });
}

Result<Outcome> Work::render_one(const RenderJob &job, ProgressBar &bar) const {
    std::error_code error;
    if (fs::equivalent(job.input, job.output, error))
        return tl::unexpected(Diagnostic{.message = "is both the input and the output",
                                         .file = job.output.string(),
                                         .remedy = "give the output another name"});
    if (!options.to.empty())
        fs::create_directories(job.output.parent_path(), error); // the place below --to
    auto input = AudioReader::open(job.input, options.rate_hz);
    if (!input)
        return tl::unexpected(input.error());
    RenderSettings settings = common_settings;
    if (!options.automation.empty()) {
        auto changes = read_automation(options.automation, profile,
                                       bus_named(profile, settings.bus), input->sample_rate_hz());
        if (!changes)
            return tl::unexpected(changes.error());
        settings.changes = std::move(*changes);
    }
    auto output = AudioWriter::create(job.output, input->sample_rate_hz(), input->channels(),
                                      input->expected_frames());
    if (!output)
        return tl::unexpected(output.error());

    Outcome outcome{.sample_rate_hz = input->sample_rate_hz(),
                    .channels = input->channels().size()};
    RenderPlot plot(readable(job.input.filename().string()) + ", profile " + profile.name,
                    input->sample_rate_hz(), settings.values);
    const auto total = static_cast<double>(std::max<std::uint64_t>(input->expected_frames(), 1));
    double shown = 0.0;
    auto figures = render(*input, *output, settings, [&](const engine::MeterFrame &meters) {
        const double share = std::min(static_cast<double>(meters.frame) / total, 1.0);
        bar.advance(std::exchange(shown, share), share);
        for (std::size_t i = 0; i < kMeterCount; ++i)
            if (std::fabs(meters.values[i]) > std::fabs(outcome.strongest[i]))
                outcome.strongest[i] = meters.values[i];
        if (!options.plot.empty())
            plot.take(meters);
    });
    bar.advance(shown, 1.0);
    if (!figures)
        return tl::unexpected(figures.error());
    outcome.figures = *figures;
    if (auto done = output->commit(); !done)
        return tl::unexpected(done.error());
    if (!options.plot.empty())
        if (auto drawn = plot.write(options.plot); !drawn)
            return tl::unexpected(drawn.error());
    return outcome;
}

void Work::print_report(const Outcome &outcome) const {
    const auto &[in, out] = std::pair(outcome.figures.input, outcome.figures.output);
    const auto line = [](const char *label, double before, double after, const char *unit) {
        std::printf("  %-24s %8s -> %8s %s\n", label, decibel_text(before).c_str(),
                    decibel_text(after).c_str(), unit);
    };
    line("integrated loudness", in.integrated_lufs, out.integrated_lufs, "LUFS");
    line("highest short-term", in.max_short_term_lufs, out.max_short_term_lufs, "LUFS");
    line("highest momentary", in.max_momentary_lufs, out.max_momentary_lufs, "LUFS");
    line("loudness range", in.loudness_range_lu, out.loudness_range_lu, "LU");
    line("true peak", in.true_peak_dbtp, out.true_peak_dbtp, "dBTP");
    const auto gain = [&](const char *label, MeterId id) {
        std::printf("  %-24s %8.1f dB\n", label, static_cast<double>(outcome.strongest[id.index]));
    };
    gain("strongest AGC gain", meter_id("agc/gain"));
    gain("most by the compressor", meter_id("compressor/gain_reduction"));
    gain("most by the limiter", meter_id("limiter/gain_reduction"));
}

void Work::print(const RenderJob &job, const Outcome &outcome) const {
    const RenderFigures &figures = outcome.figures;
    std::printf("%s: true peak %s -> %s dBTP (ceiling %s), integrated loudness %s -> %s LUFS\n",
                readable(job.output.string()).c_str(),
                decibel_text(figures.input.true_peak_dbtp).c_str(),
                decibel_text(figures.output.true_peak_dbtp).c_str(),
                decibel_text(static_cast<double>(common_settings.values[kRenderedCeiling])).c_str(),
                decibel_text(figures.input.integrated_lufs).c_str(),
                decibel_text(figures.output.integrated_lufs).c_str());
    if (options.report)
        print_report(outcome);
    std::fflush(stdout);
}

nlohmann::ordered_json Work::json(const RenderJob &job, const Outcome &outcome) const {
    const RenderFigures &figures = outcome.figures;
    nlohmann::ordered_json json;
    add_name(json, "input", job.input.string());
    add_name(json, "output", job.output.string());
    json["profile"] = profile.name;
    json["bus"] = common_settings.bus;
    json["sample_rate"] = outcome.sample_rate_hz;
    json["channels"] = outcome.channels;
    json["frames"] = figures.frames;
    json["latency_frames"] = figures.latency_frames;
    json["input_integrated_lufs"] = json_decibels(figures.input.integrated_lufs);
    json["output_integrated_lufs"] = json_decibels(figures.output.integrated_lufs);
    json["input_true_peak_dbtp"] = json_decibels(figures.input.true_peak_dbtp);
    json["output_true_peak_dbtp"] = json_decibels(figures.output.true_peak_dbtp);
    json["ceiling_dbtp"] =
        json_decibels(static_cast<double>(common_settings.values[kRenderedCeiling]));
    if (options.report) {
        add_figures(json["before"], figures.input);
        add_figures(json["after"], figures.output);
        for (const char *meter :
             {"agc/gain", "compressor/gain_reduction", "limiter/gain_reduction"})
            json["strongest_gain_db"][meter] =
                json_decibels(static_cast<double>(outcome.strongest[find_meter(meter)->index]));
    }
    return json;
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

/// IN OUT, or with --to any number of inputs.
Result<std::vector<RenderJob>> jobs_of(const RenderOptions &options) {
    if (!options.plot.empty()) {
        if (auto known = check_plot_format(options.plot); !known)
            return tl::unexpected(known.error());
        if (!options.to.empty())
            return failure("--plot draws one file", "leave --to out, and name IN and OUT");
    }
    if (!options.to.empty())
        return find_render_jobs(options.files, options.to, options.resume);
    if (options.files.size() != 2)
        return failure("expected IN and OUT", "for many files: --to FOLDER FILE...");
    if (auto known = check_writable_format(options.files[1]); !known)
        return tl::unexpected(known.error());
    return std::vector<RenderJob>{{options.files[0], options.files[1]}};
}

int run(const RenderOptions &options) {
    const auto jobs = jobs_of(options);
    if (!jobs)
        return complain(jobs.error(), kWrongUse);
    std::error_code error;
    for (const RenderJob &job : *jobs)
        if (fs::equivalent(job.input, job.output, error))
            return complain({.message = "is both the input and the output",
                             .file = job.output.string(),
                             .remedy = "give the output another name"},
                            kWrongUse);
    auto profile = find_profile(options.profile);
    if (!profile)
        return complain(profile.error(), kFailed);
    auto settings = settings_of(options, *profile);
    if (!settings)
        return complain(settings.error(), kWrongUse);

    const Work work{options, *settings, *profile};
    ProgressBar bar(jobs->size());
    std::mutex printing; // guards what follows
    int exit_code = 0;
    std::vector<nlohmann::ordered_json> results(jobs->size());
    std::atomic<std::size_t> next{0};
    const auto worker = [&] {
        for (std::size_t i = next++; i < jobs->size(); i = next++) {
            const RenderJob &job = (*jobs)[i];
            const auto outcome = work.render_one(job, bar);
            const std::lock_guard lock(printing);
            bar.clear();
            if (!outcome)
                exit_code = complain(outcome.error(), kFailed);
            else if (options.json)
                results[i] = work.json(job, *outcome);
            else
                work.print(job, *outcome);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < options.at_once; ++i)
        threads.emplace_back(worker);
    worker();
    for (std::thread &thread : threads)
        thread.join();
    bar.clear();
    if (!options.json)
        return exit_code;
    std::erase_if(results, [](const auto &result) { return result.is_null(); });
    if (!options.to.empty())
        std::cout << nlohmann::ordered_json(results).dump(2) << "\n";
    else if (!results.empty())
        std::cout << results.front().dump(2) << "\n";
    return exit_code;
}

} // namespace

void add_render_command(CLI::App &app, int &exit_code) {
    auto options = std::make_shared<RenderOptions>();
    CLI::App *command = app.add_subcommand(
        "render", "Process sound files as the running program would, faster than they play");
    command
        ->add_option("files", options->files,
                     "IN and OUT: a sound file of any usual format, and the result: .wav "
                     "(32-bit float) or .flac (24 bits). OUT has the length and the channels of "
                     "IN and appears when it is complete. With --to any number of files and "
                     "folders")
        ->required()
        ->option_text("IN OUT");
    command
        ->add_option("--to", options->to,
                     "Folder for the results of many files and folders; subfolders are kept, WAV "
                     "stays WAV, other formats become FLAC")
        ->option_text("FOLDER");
    command->add_flag("--resume", options->resume, "Skip files whose result exists and is newer");
    command->add_option("-j,--jobs", options->at_once, "Files to process at once")
        ->option_text("N [1]")
        ->check(CLI::Range(1, 256));
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
                     "Change parameters during the file: each line has a time (12.5 in seconds, or "
                     "600000f as a frame of IN), a path and a value")
        ->option_text("FILE");
    command->add_option("--bus", options->bus, "Bus of the profile; by default the first")
        ->option_text("NAME");
    command->add_option("--rate", options->rate_hz, "Sample rate to resample to before processing")
        ->option_text("HZ")
        ->check(CLI::Range(kMinSampleRate_hz, kMaxSampleRate_hz));
    command
        ->add_option("--block", options->block_frames,
                     "Frames to process at once; the result does not depend on it")
        ->option_text("N [1024]")
        ->check(CLI::Range(1, 1 << 16));
    command->add_flag(
        "--report", options->report,
        "Print loudness, range and true peak before and after, and the strongest gain");
    command
        ->add_option("--plot", options->plot,
                     "Draw peaks, loudness and gain over time: .svg, or .png")
        ->option_text("FILE");
    command->add_flag("--json", options->json, "Print the figures as JSON");
    command->footer("Examples:\n"
                    "  headroom render --profile night --report film.flac film-night.flac\n"
                    "  headroom render --plot film.svg film.flac out.flac\n"
                    "  headroom render --to evened -j 4 --resume ~/Podcasts");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

} // namespace headroom::app
