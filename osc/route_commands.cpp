// SPDX-License-Identifier: GPL-3.0-or-later
//
// The commands about which application goes where.
#include "config/rules.hpp"
#include "osc/dispatcher.hpp"
#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

namespace {

/// As a route: the rules of the profile decide again.
constexpr const char *kUnset = "unset";

/// Notice of a route that waits for its application.
constexpr const char *kNotRunning = "no application of this name runs now";

/// Of one application, that one message tells.
constexpr std::size_t kMaxLinks = 16;

const std::string *text_at(const Message &message, std::size_t index) {
    return index < message.arguments.size() ? std::get_if<std::string>(&message.arguments[index])
                                            : nullptr;
}

} // namespace

Dispatcher::Plan Dispatcher::plan_route(const Peer &peer, const Message &message, TimePoint now) {
    if (message.arguments.empty())
        return listing(peer, message.address, [this] { return route_messages(); });
    control::RouteControl *control = surface_.route_control();
    const std::string *application = text_at(message, 0);
    const std::string *route = text_at(message, 1);
    if (message.arguments.size() > 2)
        return refusal(ErrorCode::wrong_arity, "expected an application and a route (s s) at most");
    if (application == nullptr || (route == nullptr && message.arguments.size() == 2))
        return refusal(ErrorCode::wrong_type,
                       "expected the name of an application, and a bus, bypass, ignore or unset");
    if (control == nullptr)
        return refusal(ErrorCode::refused, "this program does not route applications");
    if (route != nullptr)
        return plan_set_route(peer, message.address, *application, *route, now);
    return listing(
        peer, message.address, [control, application = *application, address = message.address] {
            std::vector<Message> found;
            for (const control::RuleVerdict &verdict : control->explain(application))
                found.push_back(
                    {address, {verdict.rule, verdict.route, verdict.matches, verdict.reason}});
            return found;
        });
}

/// A write to the address of one application.
Dispatcher::Plan Dispatcher::plan_route_write(const Peer &peer, const Message &message,
                                              TimePoint now) {
    const std::string *route = text_at(message, 0);
    if (message.arguments.size() != 1 || route == nullptr)
        return refusal(ErrorCode::wrong_type, "expected a bus, bypass, ignore or unset");
    if (surface_.route_control() == nullptr)
        return refusal(ErrorCode::refused, "this program does not route applications");
    if (Pattern::is_pattern(message.address))
        return refusal(ErrorCode::no_value, "an address with a pattern sets no route; send the "
                                            "pattern as an argument of /headroom/route");
    std::string application = message.address.substr(kRoutePrefix.size());
    for (const auto &known : surface_.applications())
        if (address_part(known.name) == application)
            application = known.name;
    return plan_set_route(peer, message.address, application, *route, now);
}

Dispatcher::Plan Dispatcher::plan_set_route(const Peer &peer, const std::string &address,
                                            const std::string &application,
                                            const std::string &route, TimePoint now) {
    if (const auto good =
            surface_.route_control()->check_route(application, route == kUnset ? "" : route);
        !good)
        return refusal(ErrorCode::no_value, good.error().text());
    return [this, peer, address, application, route, now] {
        const auto done =
            surface_.route_control()->set_route(application, route == kUnset ? "" : route);
        if (!done) {
            refuse(peer, address, {ErrorCode::no_value, done.error().text()}, now);
            return;
        }
        const std::string now_set = done->empty() ? kUnset : *done;
        const auto matching = matching_applications(application);
        for (const std::string &name : matching.empty() ? std::vector{application} : matching)
            subscriptions_.tell_all({std::string(kRoutePrefix) + address_part(name),
                                     {now_set, std::string(), name, std::string()}});
        answer(peer, Message{address,
                             {now_set, std::string(),
                              matching.size() == 1 ? matching.front() : application,
                              matching.empty() ? kNotRunning : std::string()}});
    };
}

/// Those that run and that a name or pattern is for.
std::vector<std::string> Dispatcher::matching_applications(const std::string &name) {
    if (!running_)
        running_ = surface_.applications();
    const Rule rule = override_rule(name, {});
    std::vector<std::string> out;
    for (const auto &known : *running_)
        if (rule.match.matches(
                {.client = known.name, .application = known.application, .binary = known.program}))
            out.push_back(known.name);
    return out;
}

/// Route, rule, name, notice, application, program and title; then both ends of every link.
std::vector<Message> Dispatcher::route_messages() const {
    std::vector<Message> out;
    for (const auto &application : surface_.applications()) {
        Message message{std::string(kRoutePrefix) + address_part(application.name),
                        {application.route, application.rule, application.name, application.notice,
                         application.application, application.program, application.title}};
        for (std::size_t i = 0; i < std::min(application.links.size(), kMaxLinks); ++i) {
            message.arguments.emplace_back(application.links[i].first);
            message.arguments.emplace_back(application.links[i].second);
        }
        out.push_back(std::move(message));
    }
    return out;
}

} // namespace headroom::osc
