// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// How people name parameters and meters: one grammar for profiles, the command line, maps of
/// controllers and automation files.
namespace headroom {

/// What stands behind "/headroom/" in addresses: "bypass", "bus/main/limiter/ceiling",
/// "strip/firefox/trim".
std::vector<std::string> parameter_paths(std::span<const std::string> buses,
                                         std::span<const std::string> strips);
/// "meter/bus/main/output/true_peak", "meter/strip/firefox/peak".
std::vector<std::string> meter_paths(std::span<const std::string> buses,
                                     std::span<const std::string> strips);

/// "/headroom/bypass", "headroom/bypass" and "bypass" are all "bypass".
std::string without_root(std::string path);

/// The one of the paths that the text names: the path itself, or the only one that ends in its
/// parts ("limiter/ceiling", "ceiling"); in capitals or not. The failure lists those that it may
/// mean, or the nearest.
Result<std::string> find_path(std::string_view text, std::span<const std::string> paths);

} // namespace headroom
