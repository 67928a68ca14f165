// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/route_keeper.hpp"

#include "config/suggestion.hpp"
#include "config/value_text.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

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
    struct Wanted {
        std::string name;
        Route route;
    };
    std::vector<Wanted> wanted;
    const std::vector<std::string> buses = bus_names(keeper_.profile());
    for (const auto &[path, text, unused_because] : keeper_.overlay_entries())
        if (const auto route = route_from_text(text);
            path.starts_with(kPrefix) && route && !missing_bus(*route, buses))
            wanted.push_back({path.substr(kPrefix.size()), *route});
    // Names before patterns, and of both the longest first: "mpv-57" is said of that stream alone.
    const auto rank = [](const Wanted &one) {
        return std::pair(!NamePattern::is_plain(one.name), kMaxNameBytes - one.name.size());
    };
    std::stable_sort(wanted.begin(), wanted.end(),
                     [&](const Wanted &a, const Wanted &b) { return rank(a) < rank(b); });
    std::vector<Rule> out;
    out.reserve(wanted.size());
    for (const Wanted &one : wanted)
        out.push_back(override_rule(one.name, one.route));
    const std::vector<Rule> &profile = keeper_.profile().rules;
    out.insert(out.end(), profile.begin(), profile.end());
    return out;
}

/// What was set for a name, in capitals or not.
std::vector<std::string> RouteKeeper::paths_of(const std::string &application) const {
    const std::string path = path_of(application);
    std::vector<std::string> out;
    for (const auto &[known, text] : keeper_.overlay().entries())
        if (equal_ignoring_case(known, path))
            out.push_back(known);
    return out;
}

Result<void> RouteKeeper::check_route(const std::string &application,
                                      const std::string &route) const {
    if (application.empty())
        return failure("expected the name of an application");
    if (route.empty()) {
        if (paths_of(application).empty())
            return failure("no route was set for " + in_quotes(application),
                           "\"headroom overlay list\" shows what was");
        return {};
    }
    if (auto good = check_name(application); !good)
        return good;
    if (const auto wanted = checked_route(route); !wanted)
        return tl::unexpected(wanted.error());
    return {};
}

Result<std::string> RouteKeeper::set_route(const std::string &application,
                                           const std::string &route) {
    if (auto good = check_route(application, route); !good)
        return tl::unexpected(std::move(good.error()));
    const std::string kept = route.empty() ? "" : checked_route(route)->text();
    for (const std::string &path : paths_of(application))
        keeper_.overlay().clear(path);
    if (route.empty())
        keeper_.overlay_changed();
    else if (!keeper_.keep(path_of(application), kept))
        return failure("the route cannot be saved", "\"headroom overlay clear\" makes room for it");
    // The rules are made of all routes: once for as many as come together.
    if (!applying_)
        applying_ = keeper_.loop().on_timer(std::chrono::milliseconds(0), [this] {
            applying_.end();
            apply();
            return std::chrono::milliseconds(-1);
        });
    return kept;
}

/// Of an application that runs any name is right.
Result<void> RouteKeeper::check_name(const std::string &application) const {
    if (world_.names(application))
        return {};
    try {
        const NamePattern pattern(application);
    } catch (const std::invalid_argument &error) {
        return failure(in_quotes(application) +
                       " is neither a running application nor a pattern: " + error.what());
    }
    return {};
}

Result<Route> RouteKeeper::checked_route(const std::string &text) const {
    std::vector<std::string> known = bus_names(keeper_.profile());
    const std::string expected = enumeration(known) + ", bypass or ignore";
    const std::size_t buses = known.size();
    known.insert(known.end(), {"bypass", "ignore"});
    std::string exact;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('+', start), text.size());
        const std::string part = text.substr(start, end - start);
        const auto same = std::find_if(known.begin(), known.end(), [&](const std::string &name) {
            return equal_ignoring_case(name, part);
        });
        const auto at = std::find(known.begin(), known.end(), part);
        const auto found = at != known.end() ? at : same;
        const bool is_alone = start == 0 && end == text.size();
        if (found == known.end() ||
            (!is_alone && found >= known.begin() + static_cast<std::ptrdiff_t>(buses)))
            return failure("there is no bus " + in_quotes(part) + "; expected " + expected,
                           did_you_mean(part, known));
        exact += (exact.empty() ? "" : "+") + *found;
        start = end + 1;
    }
    return *route_from_text(exact);
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
