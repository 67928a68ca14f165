// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/route_keeper.hpp"

#include "config/suggestion.hpp"

#include <algorithm>

namespace headroom::control {

namespace {

constexpr std::string_view kPrefix = "route/";

std::vector<std::string> bus_names(const Profile &profile) {
    std::vector<std::string> out;
    for (const BusProfile &bus : profile.buses)
        out.push_back(bus.name);
    return out;
}

/// The first bus of the route that the profile does not have, or nothing.
std::optional<std::string> missing_bus(const Route &route, const std::vector<std::string> &buses) {
    std::vector<std::string> wanted = route.also;
    if (route.kind == Route::Kind::bus)
        wanted.insert(wanted.begin(), route.bus);
    for (const std::string &bus : wanted)
        if (std::find(buses.begin(), buses.end(), bus) == buses.end())
            return bus;
    return std::nullopt;
}

} // namespace

std::vector<Rule> RouteKeeper::rules() const {
    std::vector<Rule> out;
    const std::vector<std::string> buses = bus_names(keeper_.profile());
    for (const auto &[path, text] : keeper_.overlay_entries())
        if (const auto route = route_from_text(text);
            path.starts_with(kPrefix) && route && !missing_bus(*route, buses))
            out.push_back(override_rule(path.substr(kPrefix.size()), *route));
    const std::vector<Rule> &profile = keeper_.profile().rules;
    out.insert(out.end(), profile.begin(), profile.end());
    return out;
}

Result<void> RouteKeeper::set_route(const std::string &application, const std::string &route) {
    if (application.empty())
        return failure("expected the name of an application");
    const std::string path = std::string(kPrefix) + application;
    if (route.empty()) {
        if (!keeper_.overlay().clear(path))
            return failure("no route was set for " + application,
                           "\"headroom overlay list\" tells what was");
    } else {
        std::vector<std::string> buses = bus_names(keeper_.profile());
        const auto wanted = route_from_text(route);
        if (const auto missing = wanted ? missing_bus(*wanted, buses) : route) {
            const std::string suggestion = did_you_mean(*missing, buses);
            return failure("there is no bus \"" + *missing + "\"; expected " + enumeration(buses) +
                               ", bypass or ignore",
                           suggestion);
        }
        keeper_.overlay().set(path, route);
    }
    keeper_.overlay_changed();
    apply();
    return {};
}

std::vector<RuleVerdict> RouteKeeper::explain(const std::string &application) const {
    return control::explain(
        rules(), world_.names(application).value_or(ApplicationNames{.client = application}));
}

std::vector<RuleVerdict> explain(const std::vector<Rule> &rules, const ApplicationNames &names) {
    std::vector<RuleVerdict> out;
    for (const Rule &rule : rules) {
        const Verdict verdict = judge(rule.match, names);
        out.push_back({rule.name, rule.route.text(), verdict.matches, verdict.reason});
        if (verdict.matches)
            break;
    }
    const Decision decision = decide(rules, names);
    if (decision.options != decision.route && decision.options)
        out.back().reason += "; all but the route is from \"" + decision.options->name + "\"";
    return out;
}

} // namespace headroom::control
