// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/route_keeper.hpp"

#include "config/suggestion.hpp"

#include <algorithm>

namespace headroom::control {

namespace {

constexpr std::string_view kPrefix = "route/";

std::string path_of(const std::string &application) {
    return std::string(kPrefix) + application;
}

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

Result<void> RouteKeeper::check_route(const std::string &application,
                                      const std::string &route) const {
    if (application.empty())
        return failure("expected the name of an application");
    if (route.empty()) {
        if (!keeper_.overlay().entries().contains(path_of(application)))
            return failure("no route was set for " + application,
                           "\"headroom overlay list\" tells what was");
        return {};
    }
    const std::vector<std::string> buses = bus_names(keeper_.profile());
    const auto wanted = route_from_text(route);
    if (const auto missing = wanted ? missing_bus(*wanted, buses) : route)
        return failure("there is no bus \"" + *missing + "\"; expected " + enumeration(buses) +
                           ", bypass or ignore",
                       did_you_mean(*missing, buses));
    return {};
}

Result<void> RouteKeeper::set_route(const std::string &application, const std::string &route) {
    if (auto good = check_route(application, route); !good)
        return good;
    if (route.empty())
        keeper_.overlay().clear(path_of(application));
    else
        keeper_.overlay().set(path_of(application), route);
    keeper_.overlay_changed();
    // The rules are made of all routes: once for as many as come together.
    if (!applying_)
        applying_ = keeper_.loop().on_timer(std::chrono::milliseconds(0), [this] {
            applying_.end();
            apply();
            return std::chrono::milliseconds(-1);
        });
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
