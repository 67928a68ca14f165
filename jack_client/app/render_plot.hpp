// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/engine/engine.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace headroom::app {

/// Draws what a render has done over time: peaks and loudness before and after, and the gain of
/// every stage. Not real-time safe.
class RenderPlot {
  public:
    /// values: of the bus that is rendered.
    RenderPlot(std::string title, double sample_rate_hz, const ParameterValues &values);

    void take(const engine::MeterFrame &meters);

    /// Writes .svg, or .png by way of rsvg-convert.
    Result<void> write(const std::filesystem::path &file) const;

    std::string svg() const;

  private:
    struct Point {
        double time_s;
        engine::MeterValues values;
    };

    std::string title_;
    double sample_rate_hz_;
    ParameterValues values_;
    std::vector<Point> points_;
};

/// Fails where RenderPlot cannot write a file of this extension.
Result<void> check_plot_format(const std::filesystem::path &file);

} // namespace headroom::app
