// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/parameter_smoother.hpp"

#include "jack_client/dsp/audio_block.hpp"

#include <cmath>
#include <utility>

namespace headroom::engine {

namespace {

/// Share of a parameter's range from which on the target counts as reached.
constexpr float kSnap = 1e-4f;

} // namespace

ParameterSmoother::ParameterSmoother(const ParameterValues &values, double sample_rate_hz)
    : values_(values), targets_(values) {
    const double step_ms = 1e3 * dsp::kGridFrames / sample_rate_hz;
    for (std::size_t i = 0; i < kParameterCount; ++i) {
        const auto time_constant_ms = static_cast<double>(parameters()[i].smoothing_ms);
        coefficients_[i] = time_constant_ms > 0.0
                               ? static_cast<float>(1.0 - std::exp(-step_ms / time_constant_ms))
                               : 1.0f;
    }
}

void ParameterSmoother::set_target(ParameterId id, float value) noexcept {
    targets_[id] = value;
    if (values_[id] == value)
        return;
    if (coefficients_[id.index] < 1.0f) {
        moving_ = true;
    } else {
        values_[id] = value;
        changed_ = true;
    }
}

void ParameterSmoother::step() noexcept {
    if (!moving_)
        return;
    moving_ = false;
    for (std::uint16_t i = 0; i < kParameterCount; ++i) {
        const ParameterId id{i};
        const Parameter &about = parameter(id);
        const float target = targets_[id];
        if (values_[id] == target)
            continue;
        values_[id] += coefficients_[i] * (target - values_[id]);
        changed_ = true;
        if (std::fabs(target - values_[id]) <= kSnap * (about.maximum - about.minimum))
            values_[id] = target;
        else
            moving_ = true;
    }
}

bool ParameterSmoother::take_changed() noexcept {
    return std::exchange(changed_, false);
}

} // namespace headroom::engine
