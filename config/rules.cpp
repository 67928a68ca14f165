// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/rules.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

namespace headroom {

namespace {

std::string quoted(const std::string &text) {
    return "\"" + text + "\"";
}

/// One field of a match beside what the application has there.
struct Field {
    const char *name;
    std::span<const NamePattern> patterns;
    std::span<const std::string> values;
};

std::array<Field, 9> fields_of(const Match &match, const ApplicationNames &names) {
    const auto one = [](const std::string &value) {
        return std::span<const std::string>(&value, value.empty() ? 0 : 1);
    };
    return {{{"client", match.client, one(names.client)},
             {"alias", match.alias, names.aliases},
             {"port", match.port, names.ports},
             {"pretty", match.pretty, names.pretty},
             {"application", match.application, one(names.application)},
             {"binary", match.binary, one(names.binary)},
             {"role", match.role, one(names.role)},
             {"title", match.title, one(names.title)},
             {"device", match.device, names.device}}};
}

std::optional<std::string> fit(const Field &field) {
    for (const NamePattern &pattern : field.patterns)
        for (const std::string &value : field.values)
            if (pattern.matches(value))
                return std::string(field.name) + " " + quoted(value) +
                       (value == pattern.text() ? "" : " is like " + quoted(pattern.text()));
    return std::nullopt;
}

std::string misfit(const Field &field) {
    std::string patterns;
    for (const NamePattern &pattern : field.patterns)
        patterns += (patterns.empty() ? "" : " or ") + quoted(pattern.text());
    if (field.values.empty())
        return std::string("its ") + field.name + " is not known";
    return std::string(field.name) + " " +
           (field.values.size() == 1 ? quoted(field.values.front()) + " is" : "is") + " not " +
           patterns;
}

/// The name of the application that a pattern fits, as a field and its value.
std::optional<std::string> fit_called(const Match &match, const ApplicationNames &names) {
    for (const auto &[field, value] :
         {std::pair("client ", &names.client), std::pair("application ", &names.application),
          std::pair("binary ", &names.binary)})
        for (const NamePattern &pattern : match.called)
            if (!value->empty() && pattern.matches(*value))
                return field + quoted(*value) +
                       (*value == pattern.text() ? "" : " is like " + quoted(pattern.text()));
    return std::nullopt;
}

bool has_channels(const Match &match, const ApplicationNames &names) {
    return match.channels.empty() ||
           std::any_of(match.channels.begin(), match.channels.end(),
                       [&](ChannelCount count) { return count.contains(names.ports.size()); });
}

void add(std::string &reasons, const std::string &reason) {
    reasons += (reasons.empty() ? "" : ", ") + reason;
}

} // namespace

std::string Route::text() const {
    std::string out = bus;
    switch (kind) {
    case Kind::bus:
        for (const std::string &further : also)
            out += "+" + further;
        return out;
    case Kind::bypass:
        return "bypass";
    case Kind::ignore:
        break;
    }
    return "ignore";
}

std::optional<Route> route_from_text(std::string_view text) {
    if (text == "bypass")
        return Route{.kind = Route::Kind::bypass};
    if (text == "ignore")
        return Route{.kind = Route::Kind::ignore};
    std::vector<std::string> buses;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('+', start), text.size());
        buses.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    if (std::any_of(buses.begin(), buses.end(), [](const auto &bus) { return bus.empty(); }))
        return std::nullopt;
    return Route{
        .kind = Route::Kind::bus, .bus = buses.front(), .also = {buses.begin() + 1, buses.end()}};
}

std::string ChannelCount::text() const {
    return std::to_string(from) + (to == from ? "" : to == 0 ? "+" : "-" + std::to_string(to));
}

bool Match::matches(const ApplicationNames &names) const {
    const auto holds = [&](const Match &match) { return match.matches(names); };
    for (const Field &field : fields_of(*this, names))
        if (!field.patterns.empty() &&
            std::none_of(field.patterns.begin(), field.patterns.end(), [&](const auto &pattern) {
                return std::any_of(field.values.begin(), field.values.end(),
                                   [&](const auto &value) { return pattern.matches(value); });
            }))
            return false;
    return (called.empty() || fit_called(*this, names)) && has_channels(*this, names) &&
           (any.empty() || std::any_of(any.begin(), any.end(), holds)) &&
           std::all_of(all.begin(), all.end(), holds) &&
           std::none_of(exclude.begin(), exclude.end(), holds);
}

bool Match::asks_for_description() const {
    const auto asks = [](const Match &match) { return match.asks_for_description(); };
    return !called.empty() || !pretty.empty() || !application.empty() || !binary.empty() ||
           !role.empty() || !title.empty() || !device.empty() ||
           std::any_of(any.begin(), any.end(), asks) || std::any_of(all.begin(), all.end(), asks) ||
           std::any_of(exclude.begin(), exclude.end(), asks);
}

Verdict judge(const Match &match, const ApplicationNames &names) {
    std::string reasons;
    if (!match.called.empty()) {
        const auto reason = fit_called(match, names);
        if (!reason)
            return {false, "it is not called " + quoted(match.called.front().text())};
        add(reasons, *reason);
    }
    for (const Field &field : fields_of(match, names)) {
        if (field.patterns.empty())
            continue;
        const auto reason = fit(field);
        if (!reason)
            return {false, misfit(field)};
        add(reasons, *reason);
    }
    const std::string channels = "it has " + std::to_string(names.ports.size()) + " channels";
    if (!has_channels(match, names))
        return {false, channels};
    if (!match.channels.empty())
        add(reasons, channels);
    for (const Match &part : match.all) {
        Verdict verdict = judge(part, names);
        if (!verdict.matches)
            return verdict;
        add(reasons, verdict.reason);
    }
    if (!match.any.empty()) {
        std::string refusals;
        bool found = false;
        for (const Match &part : match.any) {
            const Verdict verdict = judge(part, names);
            found = found || verdict.matches;
            add(verdict.matches ? reasons : refusals, verdict.reason);
            if (verdict.matches)
                break;
        }
        if (!found)
            return {false, refusals};
    }
    for (const Match &part : match.exclude)
        if (const Verdict verdict = judge(part, names); verdict.matches)
            return {false, "excluded, since " + verdict.reason};
    return {true, reasons.empty() ? "it matches everything" : reasons};
}

Decision decide(const std::vector<Rule> &rules, const ApplicationNames &names) {
    Decision out;
    for (const Rule &rule : rules) {
        if ((out.route && rule.is_override) || !rule.match.matches(names))
            continue;
        if (!out.route)
            out.route = &rule;
        if (!rule.is_override) {
            out.options = &rule;
            break;
        }
    }
    return out;
}

Rule override_rule(const std::string &application, const Route &route) {
    Rule rule{.name = "set at run time", .route = route, .is_override = true};
    rule.match.called.push_back(NamePattern::application(application));
    if (NamePattern::is_plain(application))
        return rule;
    try {
        rule.match.called.emplace_back(application);
    } catch (const std::invalid_argument &) {
        // A name that is no pattern is a name.
    }
    return rule;
}

} // namespace headroom
