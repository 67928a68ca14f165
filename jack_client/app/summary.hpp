// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"
#include "jack_client/engine/engine.hpp"

#include <string>
#include <vector>

namespace headroom::app {

/// What a run did to the sound, gathered while it runs and told at its end.
class Summary {
  public:
    /// Starts from the ceilings that hold now and follows them.
    explicit Summary(control::ControlSurface &surface);

    void take(const engine::MeterFrame &frame);

    /// The first bus stands at the top; every bus again under "buses".
    std::string json() const;
    std::string text() const;

  private:
    struct Bus {
        float input_true_peak_dbtp;
        float output_true_peak_dbtp;
        float ceiling_dbtp; ///< the highest that held during the run
        float input_integrated_lufs;
        float output_integrated_lufs;
    };

    control::ControlSurface &surface_;
    std::vector<Bus> buses_;
};

} // namespace headroom::app
