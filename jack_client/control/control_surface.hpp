// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "config/registry.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace headroom::control {

/// One parameter of one bus, or a global one. Stays valid while the program runs.
struct ParameterTarget {
    int bus = -1; ///< index of the bus; -1 for a parameter of Scope::global
    ParameterId id;
    auto operator<=>(const ParameterTarget &) const = default;
};

struct MeterTarget {
    int bus = 0;
    MeterId id;
    auto operator<=>(const MeterTarget &) const = default;
};

struct ParameterWrite {
    ParameterTarget target;
    float value = 0.0f; ///< natural units; clamped when applied
};

/// An application as the router sees it.
struct ApplicationStatus {
    std::string name;
    std::string route; ///< bus name, "bypass" or "ignore"
    std::string rule;  ///< name of the rule that matched, "" for none
    std::vector<std::pair<std::string, std::string>> links; ///< from port, to port
    std::string notice; ///< what the user should know; may be empty
};

using StatusValue = std::variant<int, double, std::string>;

/// What OSC, MIDI and the command line speak to: the desired state and everything that can be
/// read. Belongs to the control thread.
///
/// Paths are what stands behind "/headroom/": "bypass", "bus/main/limiter/ceiling",
/// "meter/bus/main/input/momentary".
class ControlSurface {
  public:
    virtual ~ControlSurface() = default;

    virtual std::span<const std::string> bus_names() const = 0;

    std::optional<ParameterTarget> find_parameter(std::string_view path) const;
    std::optional<MeterTarget> find_meter(std::string_view path) const;
    std::string path(ParameterTarget target) const;
    std::string path(MeterTarget target) const;
    std::vector<ParameterTarget> all_parameters() const;
    std::vector<MeterTarget> all_meters() const;

    virtual float value(ParameterTarget target) const = 0;
    virtual float value(MeterTarget target) const = 0;

    /// Applies all writes together at one frame, clamped, or none. The observers are told of every
    /// write, changed or not, with the confirmed value.
    virtual Result<void> write(std::span<const ParameterWrite> writes) = 0;

    /// Starts integrated loudness, maxima and counts of a bus anew.
    virtual void reset_meters(int bus) = 0;

    /// Read-only facts by name, in a stable order: "server", "sample_rate", "period",
    /// "latency_frames", "xruns", "raw_frames", "callbacks", "callback_us_mean",
    /// "callback_us_max", "profile", "version", "backend", ...
    virtual std::vector<std::pair<std::string, StatusValue>> status() const = 0;

    virtual std::vector<ApplicationStatus> applications() const = 0;

    using Observer = std::function<void(ParameterTarget, float confirmed)>;
    /// Calls the observer after every confirmed write, for as long as the surface lives.
    virtual void observe(Observer observer) = 0;
};

} // namespace headroom::control
