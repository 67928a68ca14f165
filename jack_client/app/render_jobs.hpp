// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace headroom::app {

/// One file to render.
struct RenderJob {
    std::filesystem::path input;
    std::filesystem::path output;
};

/// The sound files that the arguments name, folders with everything below them, and where each goes
/// below `to`: a file to its name, what is in a folder to the same place below. WAV stays WAV,
/// everything else becomes FLAC. With `resume` those are left out whose output is there and newer.
/// A failure where nothing of it exists, or two of them go to the same place.
Result<std::vector<RenderJob>> find_render_jobs(const std::vector<std::string> &arguments,
                                                const std::filesystem::path &to, bool resume);

} // namespace headroom::app
