// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/signal_meter.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::engine {

namespace {

float decibels(float magnitude_lin, float floor_db) noexcept {
    return magnitude_lin > 0.0f ? std::max(20.0f * std::log10(magnitude_lin), floor_db) : floor_db;
}

} // namespace

SignalMeter::SignalMeter(const SignalMeterIds &ids, double sample_rate_hz,
                         const ChannelLayout &channels)
    : ids_(ids),
      loudness_(sample_rate_hz, loudness_weights(channels)),
      true_peak_(sample_rate_hz, static_cast<int>(channels.size())) {}

void SignalMeter::process(dsp::AudioBlock block, bool counts) noexcept {
    if (counts != counts_)
        gather_peaks();
    counts_ = counts;
    if (!counts)
        loudness_.leave_out();
    loudness_.process(block);
    true_peak_.process(block);
}

void SignalMeter::gather_peaks() noexcept {
    const float newest_lin = true_peak_.take_peak_lin();
    peak_lin_ = std::max(peak_lin_, newest_lin);
    if (counts_)
        max_peak_lin_ = std::max(max_peak_lin_, newest_lin);
}

void SignalMeter::read(MeterValues &meters) noexcept {
    gather_peaks();
    const auto write = [&](MeterId id, float value) {
        meters[id.index] = std::max(value, meter(id).floor);
    };
    write(ids_.momentary, loudness_.momentary_lufs());
    write(ids_.short_term, loudness_.short_term_lufs());
    write(ids_.integrated, loudness_.integrated_lufs());
    write(ids_.loudness_range, loudness_.loudness_range_lu());
    write(ids_.true_peak, decibels(peak_lin_, meter(ids_.true_peak).floor));
    write(ids_.max_true_peak, decibels(max_peak_lin_, meter(ids_.max_true_peak).floor));
}

void SignalMeter::reset() noexcept {
    loudness_.reset_integrated();
    static_cast<void>(true_peak_.take_peak_lin());
    peak_lin_ = 0.0f;
    max_peak_lin_ = 0.0f;
}

} // namespace headroom::engine
