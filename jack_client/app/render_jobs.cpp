// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/render_jobs.hpp"

#include "config/value_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace headroom::app {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 13> kSoundExtensions{
    ".wav",  ".flac", ".ogg", ".oga",  ".opus", ".mp3", ".aif",
    ".aiff", ".caf",  ".w64", ".rf64", ".au",   ".wv"};

bool is_sound(const fs::path &file) {
    return std::find(kSoundExtensions.begin(), kSoundExtensions.end(),
                     in_lower_case(file.extension().string())) != kSoundExtensions.end();
}

fs::path output_name(fs::path name) {
    return name.replace_extension(in_lower_case(name.extension().string()) == ".wav" ? ".wav"
                                                                                     : ".flac");
}

bool is_done(const RenderJob &job) {
    std::error_code error;
    const auto written = fs::last_write_time(job.output, error);
    return !error && written >= fs::last_write_time(job.input, error) && !error;
}

} // namespace

Result<std::vector<RenderJob>> find_render_jobs(const std::vector<std::string> &arguments,
                                                const fs::path &to, bool resume) {
    std::map<fs::path, fs::path> inputs; // by output, so that the order is always the same
    const auto add = [&](const fs::path &input, const fs::path &name) -> Result<void> {
        const auto [known, is_new] = inputs.emplace(to / output_name(name), input);
        if (!is_new)
            return failure(known->second.string() + " and " + input.string() + " both become " +
                               known->first.string(),
                           "render them in two steps, to two folders");
        return {};
    };
    for (const std::string &argument : arguments) {
        std::error_code error;
        if (!fs::is_directory(argument, error)) {
            if (!fs::exists(argument, error))
                return failure(argument + " does not exist");
            if (auto added = add(argument, fs::path(argument).filename()); !added)
                return tl::unexpected(added.error());
            continue;
        }
        for (fs::recursive_directory_iterator it(argument, error), end; !error && it != end;
             it.increment(error)) {
            std::error_code ignored;
            if (!it->is_regular_file(ignored) || !is_sound(it->path()))
                continue;
            if (auto added = add(it->path(), it->path().lexically_relative(argument)); !added)
                return tl::unexpected(added.error());
        }
        if (error)
            return failure(argument + ": " + error.message());
    }
    std::vector<RenderJob> jobs;
    for (const auto &[output, input] : inputs)
        if (RenderJob job{input, output}; !resume || !is_done(job))
            jobs.push_back(std::move(job));
    return jobs;
}

} // namespace headroom::app
