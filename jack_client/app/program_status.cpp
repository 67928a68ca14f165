// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/program_status.hpp"

#include "config/value_text.hpp"

#include <cmath>

namespace headroom::app {

namespace {

std::string joined(const std::string &a, const std::string &b) {
    return a + (a.empty() || b.empty() ? "" : "; ") + b;
}

/// To a tenth: a clock tells no more.
double rounded(double value) {
    return std::round(value * 10.0) / 10.0;
}

std::vector<std::string> insert_list(const std::vector<jack::InsertState> &inserts) {
    std::vector<std::string> out;
    out.reserve(inserts.size());
    for (const jack::InsertState &insert : inserts)
        out.push_back(insert.bus + ": " +
                      (insert.delay_frames > 0 ? std::to_string(insert.delay_frames) + " frames"
                                               : "not connected"));
    return out;
}

} // namespace

std::vector<std::pair<std::string, control::StatusValue>>
program_status(const jack::SessionStatus &session, const engine::Engine &engine,
               const control::ProfileKeeper &keeper, const control::DesiredState &state,
               std::uint16_t osc_port) {
    const engine::CallbackTiming timing = engine.timing();
    std::vector<std::string> buses;
    std::vector<std::string> order;
    std::vector<std::string> sidechains;
    for (const BusProfile &bus : keeper.profile().buses) {
        buses.push_back(bus.name);
        order.push_back(bus.name + ": " + headroom::to_text(bus.order));
        if (!bus.sidechain.empty())
            sidechains.push_back(bus.name + ": " + bus.sidechain);
    }
    std::vector<std::string> sinks;
    for (std::size_t i = 0; i < std::min(buses.size(), session.bus_sinks.size()); ++i)
        sinks.push_back(buses[i] + ": " +
                        (session.bus_sinks[i].empty() ? "none" : session.bus_sinks[i]));
    std::vector<std::string> strips;
    for (std::size_t i = 0; i < state.strip_names().size(); ++i)
        if (state.is_open(static_cast<int>(i)))
            strips.push_back(state.strip_names()[i]);
    return {
        {"version", HEADROOM_VERSION},
        {"profile", keeper.profile().name},
        {"profile_file", keeper.profile().file.string()},
        {"profile_reason", keeper.profile_reason()},
        {"buses", buses},
        {"sinks", sinks},
        {"order", order},
        {"sidechains", sidechains},
        {"inserts", insert_list(session.inserts)},
        {"strips", strips},
        {"server", session.connected ? session.server : std::string("server lost, waiting")},
        {"backend", session.backend},
        {"backend_reason", session.backend_reason},
        {"client", session.client_name},
        {"sample_rate", static_cast<std::int64_t>(session.sample_rate_hz)},
        {"period", static_cast<std::int64_t>(session.period_frames)},
        {"latency_frames", engine.latency_frames(0)},
        {"stream_start_frame", session.stream_start_frame},
        {"xruns", static_cast<std::int64_t>(session.xruns)},
        {"raw_frames", static_cast<std::int64_t>(session.raw_frames)},
        {"reconnects", static_cast<std::int64_t>(session.reconnects)},
        {"callbacks", static_cast<std::int64_t>(timing.callbacks)},
        {"callback_us_mean", rounded(timing.mean_us)},
        {"callback_us_max", rounded(timing.max_us)},
        {"callback_spikes", static_cast<std::int64_t>(timing.spikes)},
        {"osc", "127.0.0.1:" + std::to_string(osc_port)},
        {"notice", joined(joined(session.notice, keeper.mistake()),
                          keeper.save_failure().empty()
                              ? ""
                              : "changes cannot be saved: " + keeper.save_failure())},
    };
}

std::optional<ApplicationNames> names_of_application(const jack::SessionStatus &session,
                                                     const std::string &name) {
    const auto find = [&](const auto &is_it) -> std::optional<ApplicationNames> {
        for (const graph::RoutedApplication &application : session.applications)
            if (application.names && is_it(*application.names))
                return *application.names;
        return std::nullopt;
    };
    if (auto found = find([&](const ApplicationNames &names) { return names.client == name; }))
        return found;
    return find([&](const ApplicationNames &names) {
        return equal_ignoring_case(names.application, name) ||
               equal_ignoring_case(names.binary, name);
    });
}

std::optional<Surroundings> surroundings(const jack::SessionStatus &session) {
    if (!session.connected)
        return std::nullopt;
    Surroundings out{.sinks = session.bus_sinks};
    std::vector<std::string> &names = out.applications;
    for (const graph::RoutedApplication &application : session.applications) {
        names.push_back(application.name);
        if (!application.names)
            continue;
        if (!application.names->binary.empty())
            names.push_back(application.names->binary);
        names.insert(names.end(), application.names->pretty.begin(),
                     application.names->pretty.end());
    }
    return out;
}

std::vector<control::ApplicationStatus> application_status(const jack::SessionStatus &session) {
    std::vector<control::ApplicationStatus> out;
    for (const graph::RoutedApplication &application : session.applications) {
        control::ApplicationStatus status{
            application.name, application.route.text(), application.rule, {}, application.notice};
        for (const graph::Link &link : application.links)
            status.links.emplace_back(link.from, link.to);
        if (application.names) {
            status.application = application.names->application;
            status.program = application.names->binary;
            status.title = application.names->title;
        }
        out.push_back(std::move(status));
    }
    return out;
}

} // namespace headroom::app
