// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/registry.hpp"

#include <array>

namespace headroom::engine {

/// The values of one bus as its stages see them: those that the registry smooths move towards
/// their targets in grid steps, all others jump. Real-time safe.
class ParameterSmoother {
  public:
    /// Starts at the values, without motion.
    ParameterSmoother(const ParameterValues &values, double sample_rate_hz);

    float target(ParameterId id) const noexcept { return targets_[id]; }
    void set_target(ParameterId id, float value) noexcept;

    /// One grid step of everything that moves.
    void step() noexcept;

    const ParameterValues &values() const noexcept { return values_; }

    bool is_moving() const noexcept { return moving_ || changed_; }

    /// Whether any value is another than at the last call.
    bool take_changed() noexcept;

  private:
    ParameterValues values_;
    ParameterValues targets_;
    std::array<float, kParameterCount>
        coefficients_{}; ///< share of the distance that a step covers
    bool moving_ = false;
    bool changed_ = false;
};

} // namespace headroom::engine
