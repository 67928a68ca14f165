// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/control_surface.hpp"

#include <algorithm>

namespace headroom::control {

namespace {

constexpr std::string_view kBusPrefix = "bus/";
constexpr std::string_view kStripPrefix = "strip/";
constexpr std::string_view kMeterPrefix = "meter/";

/// Splits "<prefix><name>/<rest>"; the index is -1 where there is no such name.
std::pair<int, std::string_view> split(std::string_view path, std::string_view prefix,
                                       std::span<const std::string> names) {
    path.remove_prefix(prefix.size());
    const auto slash = path.find('/');
    if (slash == path.npos)
        return {-1, {}};
    const auto at = std::find(names.begin(), names.end(), path.substr(0, slash));
    if (at == names.end())
        return {-1, {}};
    return {static_cast<int>(at - names.begin()), path.substr(slash + 1)};
}

} // namespace

std::optional<ParameterTarget> ControlSurface::find_parameter(std::string_view path) const {
    if (path.starts_with(kStripPrefix)) {
        const auto [strip, rest] = split(path, kStripPrefix, strip_names());
        const auto id = headroom::find_parameter(Scope::strip, rest);
        return strip >= 0 && id ? std::optional(ParameterTarget{-1, *id, strip}) : std::nullopt;
    }
    if (!path.starts_with(kBusPrefix)) {
        const auto id = headroom::find_parameter(Scope::global, path);
        return id ? std::optional(ParameterTarget{-1, *id}) : std::nullopt;
    }
    const auto [bus, rest] = split(path, kBusPrefix, bus_names());
    const auto id = headroom::find_parameter(Scope::bus, rest);
    return bus >= 0 && id ? std::optional(ParameterTarget{bus, *id}) : std::nullopt;
}

std::optional<MeterTarget> ControlSurface::find_meter(std::string_view path) const {
    if (!path.starts_with(kMeterPrefix))
        return std::nullopt;
    path.remove_prefix(kMeterPrefix.size());
    if (path.starts_with(kStripPrefix)) {
        const auto [strip, rest] = split(path, kStripPrefix, strip_names());
        const auto id = find_strip_meter(rest);
        return strip >= 0 && id ? std::optional(MeterTarget{-1, *id, strip}) : std::nullopt;
    }
    if (!path.starts_with(kBusPrefix))
        return std::nullopt;
    const auto [bus, rest] = split(path, kBusPrefix, bus_names());
    const auto id = headroom::find_meter(rest);
    return bus >= 0 && id ? std::optional(MeterTarget{bus, *id}) : std::nullopt;
}

std::string ControlSurface::path(ParameterTarget target) const {
    std::string name(parameter(target.id).path);
    if (target.strip >= 0)
        return "strip/" + strip_names()[static_cast<std::size_t>(target.strip)] + "/" + name;
    if (target.bus < 0)
        return name;
    return "bus/" + bus_names()[static_cast<std::size_t>(target.bus)] + "/" + name;
}

std::string ControlSurface::path(MeterTarget target) const {
    if (target.strip >= 0)
        return "meter/strip/" + strip_names()[static_cast<std::size_t>(target.strip)] + "/" +
               std::string(meter(target.id).path);
    return "meter/bus/" + bus_names()[static_cast<std::size_t>(target.bus)] + "/" +
           std::string(meter(target.id).path);
}

std::vector<ParameterTarget> ControlSurface::all_parameters() const {
    std::vector<ParameterTarget> out;
    const auto add = [&](Scope scope, int bus) {
        for (std::size_t i = 0; i < kParameterCount; ++i)
            if (parameters()[i].scope == scope)
                out.push_back({bus, ParameterId{static_cast<std::uint16_t>(i)}});
    };
    add(Scope::global, -1);
    for (std::size_t bus = 0; bus < bus_names().size(); ++bus)
        add(Scope::bus, static_cast<int>(bus));
    for (std::size_t strip = 0; strip < strip_names().size(); ++strip)
        for (const ParameterTarget target : strip_parameters_of(static_cast<int>(strip)))
            out.push_back(target);
    return out;
}

std::vector<ParameterTarget> ControlSurface::strip_parameters_of(int strip) {
    std::vector<ParameterTarget> out;
    for (std::size_t i = 0; i < kStripParameterCount; ++i)
        out.push_back({-1, ParameterId{static_cast<std::uint16_t>(kParameterCount + i)}, strip});
    return out;
}

std::vector<MeterTarget> ControlSurface::strip_meters_of(int strip) {
    std::vector<MeterTarget> out;
    for (std::size_t i = 0; i < kStripMeterCount; ++i)
        out.push_back({-1, MeterId{static_cast<std::uint16_t>(kMeterCount + i)}, strip});
    return out;
}

std::vector<MeterTarget> ControlSurface::all_meters() const {
    std::vector<MeterTarget> out;
    for (std::size_t bus = 0; bus < bus_names().size(); ++bus)
        for (std::size_t i = 0; i < kMeterCount; ++i)
            out.push_back({static_cast<int>(bus), MeterId{static_cast<std::uint16_t>(i)}});
    for (std::size_t strip = 0; strip < strip_names().size(); ++strip)
        for (const MeterTarget target : strip_meters_of(static_cast<int>(strip)))
            out.push_back(target);
    return out;
}

} // namespace headroom::control
