// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/offline_setting.hpp"

#include "config/parameter_path.hpp"

#include <string>
#include <vector>

namespace headroom::app {

namespace {

struct Target {
    Scope scope;
    ParameterId id;
};

Result<Target> find_target(const Profile &profile, const BusProfile &bus, std::string_view text) {
    constexpr std::string_view kBus = "bus/";
    if (const auto id = find_parameter(Scope::bus, text);
        id && !find_parameter(Scope::global, text))
        return Target{Scope::bus, *id}; // most do, and a file may have a million
    const auto path = find_path(text, parameter_paths(std::vector{bus.name}, {}));
    if (path && !path->starts_with(kBus))
        return Target{Scope::global, *find_parameter(Scope::global, *path)};
    if (path)
        return Target{Scope::bus,
                      *find_parameter(Scope::bus, path->substr(kBus.size() + bus.name.size() + 1))};
    const std::string plain = without_root(std::string(text));
    for (const BusProfile &other : profile.buses)
        if (other.name != bus.name && plain.starts_with(std::string(kBus) + other.name + "/"))
            return failure("bus " + other.name + " is not the one that is rendered",
                           "add --bus " + other.name);
    if (const auto name_end = plain.find('/', kBus.size());
        plain.starts_with(kBus) && name_end != plain.npos &&
        plain.substr(kBus.size(), name_end - kBus.size()) != bus.name)
        return failure("bus " + plain.substr(kBus.size(), name_end - kBus.size()) +
                           " is not in profile " + profile.name,
                       "the bus rendered is " + bus.name);
    return tl::unexpected(path.error());
}

} // namespace

Result<Setting> find_setting(const Profile &profile, const BusProfile &bus, std::string_view path,
                             std::string_view text) {
    const auto target = find_target(profile, bus, path);
    if (!target)
        return tl::unexpected(target.error());
    const Parameter &declared = parameter(target->id);
    const auto value = from_text(declared, text);
    if (!value)
        return tl::unexpected(value.error());
    if (*value < declared.minimum || *value > declared.maximum)
        return failure(to_text(declared, *value) + " is beyond the bounds of " +
                       std::string(declared.path) + ": expected " + expected_values(declared));
    return Setting{target->scope, target->id, *value};
}

Result<void> apply_setting(Profile &profile, BusProfile &bus, std::string_view assignment) {
    const auto equals = assignment.find('=');
    if (equals == assignment.npos)
        return failure("\"" + std::string(assignment) + "\" has no value",
                       "write path=value, for example limiter/ceiling=-3");
    const auto setting =
        find_setting(profile, bus, assignment.substr(0, equals), assignment.substr(equals + 1));
    if (!setting)
        return tl::unexpected(setting.error());
    (setting->scope == Scope::global ? profile.globals : bus.values)[setting->id] = setting->value;
    return {};
}

} // namespace headroom::app
