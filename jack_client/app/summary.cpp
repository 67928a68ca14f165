// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/summary.hpp"

#include "jack_client/app/text_format.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace headroom::app {

namespace {

constexpr ParameterId kCeiling = parameter_id("limiter/ceiling");

float reading(const engine::MeterFrame &frame, MeterId id) {
    return frame.values[id.index];
}

/// Hundredths are what a meter can tell; silence has no loudness.
nlohmann::ordered_json rounded(float value) {
    if (value <= -120.0f)
        return nullptr;
    return std::round(static_cast<double>(value) * 100.0) / 100.0;
}

} // namespace

Summary::Summary(control::ControlSurface &surface) : surface_(surface) {
    const float floor = meter(meter_id("input/true_peak")).floor;
    for (std::size_t i = 0; i < surface.bus_names().size(); ++i)
        buses_.push_back(
            {floor, floor, surface.value({static_cast<int>(i), kCeiling}), floor, floor});
    surface.observe([this](control::ParameterTarget target, float confirmed) {
        if (target.id == kCeiling) {
            Bus &bus = buses_[static_cast<std::size_t>(target.bus)];
            bus.ceiling_dbtp = std::max(bus.ceiling_dbtp, confirmed);
        }
    });
}

void Summary::take(const engine::MeterFrame &frame) {
    Bus &bus = buses_[frame.bus];
    bus.input_true_peak_dbtp =
        std::max(bus.input_true_peak_dbtp, reading(frame, meter_id("input/true_peak")));
    bus.output_true_peak_dbtp =
        std::max(bus.output_true_peak_dbtp, reading(frame, meter_id("output/max_true_peak")));
    bus.input_integrated_lufs = reading(frame, meter_id("input/integrated"));
    bus.output_integrated_lufs = reading(frame, meter_id("output/integrated"));
}

std::string Summary::json() const {
    nlohmann::ordered_json out;
    const auto add_bus = [&](nlohmann::ordered_json &into, const Bus &bus) {
        into["input_true_peak_dbtp"] = rounded(bus.input_true_peak_dbtp);
        into["output_true_peak_dbtp"] = rounded(bus.output_true_peak_dbtp);
        into["ceiling_dbtp"] = rounded(bus.ceiling_dbtp);
        into["input_integrated_lufs"] = rounded(bus.input_integrated_lufs);
        into["output_integrated_lufs"] = rounded(bus.output_integrated_lufs);
    };
    add_bus(out, buses_.front());
    for (const auto &[name, value] : surface_.status())
        std::visit([&, &key = name](const auto &v) { out[key] = v; }, value);
    out["buses"] = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < buses_.size(); ++i)
        add_bus(out["buses"][surface_.bus_names()[i]], buses_[i]);
    out["applications"] = nlohmann::ordered_json::array();
    for (const control::ApplicationStatus &application : surface_.applications())
        out["applications"].push_back(
            {{"name", application.name}, {"route", application.route}, {"rule", application.rule}});
    return out.dump(2);
}

std::string Summary::text() const {
    std::string out;
    for (std::size_t i = 0; i < buses_.size(); ++i) {
        const Bus &bus = buses_[i];
        out += surface_.bus_names()[i] + ": true peak " + decibels(bus.input_true_peak_dbtp) +
               " -> " + decibels(bus.output_true_peak_dbtp) + " dBTP (ceiling " +
               decibels(bus.ceiling_dbtp) + "), integrated loudness " +
               decibels(bus.input_integrated_lufs) + " -> " + decibels(bus.output_integrated_lufs) +
               " LUFS\n";
    }
    for (const auto &[name, value] : surface_.status()) {
        if (name == "xruns" || name == "raw_frames" || name == "callbacks") {
            out += out.back() == '\n' ? "" : ", ";
            out += name + " " + std::to_string(std::get<std::int64_t>(value));
        }
    }
    return out + "\n";
}

} // namespace headroom::app
