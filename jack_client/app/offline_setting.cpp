// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/offline_setting.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>

namespace headroom::app {

namespace {

/// Edit distance after V. Levenshtein.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

/// Most people leave out the stage before they misspell the parameter.
std::size_t distance_to_path(std::string_view wanted, std::string_view path) {
    const std::string_view last = path.substr(path.find('/') + 1);
    return std::min(distance(wanted, path), distance(wanted, last));
}

std::string_view nearest_path(std::string_view wanted) {
    std::string_view best;
    for (const Parameter &candidate : parameters())
        if (candidate.scope == Scope::bus &&
            (best.empty() ||
             distance_to_path(wanted, candidate.path) < distance_to_path(wanted, best)))
            best = candidate.path;
    return best;
}

struct Target {
    Scope scope;
    ParameterId id;
};

Result<Target> find_target(const Profile &profile, const BusProfile &bus, std::string_view path) {
    constexpr std::string_view kRoot = "/headroom/";
    constexpr std::string_view kBus = "bus/";
    if (path.starts_with(kRoot))
        path.remove_prefix(kRoot.size());
    if (const auto id = find_parameter(Scope::global, path))
        return Target{Scope::global, *id};
    if (path.starts_with(kBus)) {
        path.remove_prefix(kBus.size());
        const auto slash = std::min(path.find('/'), path.size());
        const std::string name(path.substr(0, slash));
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (name != bus.name) {
            const bool exists = std::any_of(profile.buses.begin(), profile.buses.end(),
                                            [&](const BusProfile &b) { return b.name == name; });
            return failure("bus " + name +
                               (exists ? " is not the one that is rendered"
                                       : " is not in profile " + profile.name),
                           exists ? "add --bus " + name : "the bus rendered is " + bus.name);
        }
    }
    if (const auto id = find_parameter(Scope::bus, path))
        return Target{Scope::bus, *id};
    return failure("there is no parameter \"" + std::string(path) + "\"",
                   "did you mean " + std::string(nearest_path(path)) +
                       "? \"headroom params\" lists them all");
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
                           std::string(declared.path),
                       "it goes from " + to_text(declared, declared.minimum) + " to " +
                           to_text(declared, declared.maximum));
    return Setting{target->scope, target->id, *value};
}

Result<void> apply_setting(Profile &profile, BusProfile &bus, std::string_view assignment) {
    const auto equals = assignment.find('=');
    if (equals == assignment.npos)
        return failure("\"" + std::string(assignment) + "\" sets nothing",
                       "write path=value, for example limiter/ceiling=-3");
    const auto setting =
        find_setting(profile, bus, assignment.substr(0, equals), assignment.substr(equals + 1));
    if (!setting)
        return tl::unexpected(setting.error());
    (setting->scope == Scope::global ? profile.globals : bus.values)[setting->id] = setting->value;
    return {};
}

} // namespace headroom::app
