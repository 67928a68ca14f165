// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/gain_history.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::control {

namespace {

/// Under it there is no programme whose loudness a gain could have changed.
constexpr float kSilence_lufs = -70.0f;

double power(float level_db) {
    return std::pow(10.0, static_cast<double>(level_db) / 10.0);
}

float mean_level(double power_sum, int count) {
    const GainRow empty;
    return std::max(empty.input_lufs, static_cast<float>(10.0 * std::log10(power_sum / count)));
}

} // namespace

void GainHistory::Second::take(const engine::MeterValues &values) noexcept {
    const auto value = [&](MeterId id) { return values[id.index]; };
    ++intervals;
    input_power += power(value(meter_id("input/momentary")));
    output_power += power(value(meter_id("output/momentary")));
    agc_db += static_cast<double>(value(meter_id("agc/gain")));
    const auto highest = [&](float &kept, MeterId id) { kept = std::max(kept, value(id)); };
    const auto lowest = [&](float &kept, MeterId id) { kept = std::min(kept, value(id)); };
    highest(row.output_peak_dbtp, meter_id("output/true_peak"));
    lowest(row.compressor_db, meter_id("compressor/gain_reduction"));
    lowest(row.limiter_db, meter_id("limiter/gain_reduction"));
    lowest(row.soft_limiter_db, meter_id("limiter/soft_gain_reduction"));
}

GainRow GainHistory::Second::finished() const noexcept {
    if (intervals == 0)
        return {};
    GainRow result = row;
    result.input_lufs = mean_level(input_power, intervals);
    result.output_lufs = mean_level(output_power, intervals);
    result.agc_db = static_cast<float>(agc_db / intervals);
    if (result.input_lufs > kSilence_lufs && result.output_lufs > kSilence_lufs)
        result.total_db = result.output_lufs - result.input_lufs;
    return result;
}

void GainHistory::Bus::add(const GainRow &row) {
    if (rows.size() < kRows)
        rows.push_back(row);
    else
        rows[end % kRows] = row;
    ++end;
}

void GainHistory::take(const engine::MeterFrame &frame, double sample_rate_hz) {
    Bus &bus = buses_[frame.bus];
    // The interval ends at the frame.
    const auto second = static_cast<std::uint64_t>(
        static_cast<double>(std::max<std::uint64_t>(frame.frame, 1) - 1) / sample_rate_hz);
    if (second != bus.second && (bus.now.intervals > 0 || bus.end > 0)) {
        bus.add(bus.now.finished());
        bus.now = {};
        if (second > bus.second)
            for (std::uint64_t i = std::min(second - bus.second - 1, kRows); i > 0; --i)
                bus.add({});
    }
    bus.second = second;
    bus.now.take(frame.values);
}

std::uint64_t GainHistory::first_row(int bus) const noexcept {
    return of(bus).end - of(bus).rows.size();
}

} // namespace headroom::control
