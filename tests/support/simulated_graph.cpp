// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/simulated_graph.hpp"

#include "jack_client/graph/graph_view.hpp"

#include <algorithm>
#include <utility>

namespace headroom::test {

using graph::client_of;
using graph::Event;
using graph::Link;
using graph::Outcome;
using graph::Port;
using namespace std::chrono_literals;

namespace {

/// How long the session manager takes to place a stream.
constexpr auto kPlacingTime = 3ms;

std::string full_name(std::string client, const std::string &port) {
    return client.append(":").append(port);
}

} // namespace

void SimulatedGraph::add_port(Port port) {
    if (find(port.name))
        return;
    events_.push_back({Event::Kind::port_added, port.name, {}, now_});
    ports_.push_back(std::move(port));
}

void SimulatedGraph::add_sink(const std::string &client, const std::vector<std::string> &playback,
                              const std::vector<std::string> &monitors) {
    for (const std::string &name : playback)
        add_port({.name = full_name(client, name), .is_physical = true});
    for (const std::string &name : monitors)
        add_port({.name = full_name(client, name), .is_output = true});
    if (default_sink.empty())
        default_sink = client;
    place_streams();
}

void SimulatedGraph::add_inputs(const std::string &client, const std::vector<std::string> &ports) {
    for (const std::string &name : ports)
        add_port({.name = full_name(client, name)});
}

void SimulatedGraph::add_outputs(const std::string &client, const std::vector<std::string> &ports,
                                 bool is_stream) {
    for (const std::string &name : ports) {
        Port port{.name = full_name(client, name), .is_output = true};
        if (is_stream)
            port.aliases.push_back(full_name(client, name));
        add_port(std::move(port));
    }
    if (is_stream) {
        targets_[client];
        place(client);
    }
}

void SimulatedGraph::remove_port(const std::string &port) {
    for (const Link &link : std::set<Link>(links_))
        if (link.from == port || link.to == port)
            set_link(link, false);
    if (std::erase_if(ports_, [&](const Port &other) { return other.name == port; }) > 0)
        events_.push_back({Event::Kind::port_removed, port, {}, now_});
}

void SimulatedGraph::remove_client(const std::string &client) {
    for (const Port &port : std::vector<Port>(ports_))
        if (port.client() == client)
            remove_port(port.name);
    targets_.erase(client);
    if (default_sink == client) {
        const auto next = std::find_if(ports_.begin(), ports_.end(), [](const Port &port) {
            return port.is_physical && !port.is_output;
        });
        default_sink = next == ports_.end() ? "" : std::string(next->client());
    }
    place_streams();
}

void SimulatedGraph::self_connect(const std::string &client, const std::string &sink) {
    if (ignore_self_connects)
        return;
    const auto inputs = inputs_of(sink.empty() ? default_sink : sink);
    std::size_t next = 0;
    for (const Port &port : std::vector<Port>(ports_))
        if (port.is_output && port.client() == client && next < inputs.size())
            set_link({port.name, inputs[next++]}, true);
}

void SimulatedGraph::user_links(const Link &link) {
    set_link(link, true);
}
void SimulatedGraph::user_unlinks(const Link &link) {
    set_link(link, false);
}

void SimulatedGraph::user_moves(const std::string &stream, const std::string &sink) {
    targets_[stream] = sink;
    place(stream);
}

void SimulatedGraph::set_default_sink(const std::string &client) {
    default_sink = client;
    place_streams();
}

void SimulatedGraph::refuse_connects(const std::string &client, bool refuse) {
    if (refuse)
        refused_.insert(client);
    else
        refused_.erase(client);
}

void SimulatedGraph::announce(const std::string &client) {
    for (const Port &port : ports_)
        if (port.client() == client)
            events_.push_back({Event::Kind::port_added, port.name, {}, now_});
}

void SimulatedGraph::lose_server() {
    lost_ = true;
    ports_.clear();
    links_.clear();
    later_.clear();
    events_.push_back({Event::Kind::server_lost, {}, {}, now_});
}

void SimulatedGraph::set_link(const Link &link, bool present) {
    if (present && (!find(link.from) || !find(link.to)))
        return;
    const bool changed = present ? links_.insert(link).second : links_.erase(link) > 0;
    if (changed)
        events_.push_back(
            {present ? Event::Kind::linked : Event::Kind::unlinked, link.from, link.to, now_});
}

void SimulatedGraph::later(Delay delay, std::function<void()> what) {
    if (delay == 0ms)
        what();
    else
        later_.push_back({now_ + delay, std::move(what)});
}

void SimulatedGraph::advance(Delay time) {
    const Time end = now_ + time;
    for (;;) {
        const auto next = std::min_element(
            later_.begin(), later_.end(), [](const auto &a, const auto &b) { return a.at < b.at; });
        if (next == later_.end() || next->at > end)
            break;
        const Later due = *next;
        later_.erase(next);
        now_ = std::max(now_, due.at);
        due.what();
    }
    now_ = end;
}

SimulatedGraph::Delay SimulatedGraph::next_change(Delay limit) const {
    for (const Later &event : later_)
        limit = std::min(limit, std::chrono::ceil<Delay>(event.at - now_));
    return std::max(limit, Delay{1});
}

const Port *SimulatedGraph::find(const std::string &name) const {
    const auto found = std::find_if(ports_.begin(), ports_.end(),
                                    [&](const Port &port) { return port.name == name; });
    return found == ports_.end() ? nullptr : &*found;
}

std::vector<std::string> SimulatedGraph::inputs_of(const std::string &client) const {
    std::vector<std::string> out;
    for (const Port &port : ports_)
        if (!port.is_output && port.client() == client)
            out.push_back(port.name);
    return out;
}

void SimulatedGraph::place_streams() {
    for (const auto &[stream, target] : std::map(targets_))
        place(stream);
}

/// As WirePlumber does: to the target where that exists, else to the default.
void SimulatedGraph::place(const std::string &stream) {
    if (!has_session_manager)
        return;
    later(kPlacingTime, [this, stream] {
        const auto found = targets_.find(stream);
        if (found == targets_.end())
            return;
        auto inputs = inputs_of(found->second);
        if (inputs.empty())
            inputs = inputs_of(smart_filter);
        if (inputs.empty())
            inputs = inputs_of(default_sink);
        std::size_t next = 0;
        for (const Port &port : ports_) {
            if (!port.is_output || port.client() != stream || next >= inputs.size())
                continue;
            const Link wanted{port.name, inputs[next++]};
            for (const Link &link : std::set<Link>(links_))
                if (link.from == port.name && link != wanted && find(link.to)->is_physical)
                    set_link(link, false);
            set_link(wanted, true);
        }
    });
}

std::set<Link> SimulatedGraph::links_from(const std::string &client) const {
    std::set<Link> out;
    for (const Link &link : links_)
        if (client_of(link.from) == client)
            out.insert(link);
    return out;
}

std::string SimulatedGraph::target_of(const std::string &stream) const {
    const auto found = targets_.find(stream);
    return found == targets_.end() ? "" : found->second;
}

graph::Snapshot SimulatedGraph::snapshot() {
    ++snapshots;
    graph::Snapshot out{.ports = ports_, .links = {links_.begin(), links_.end()}};
    std::stable_partition(out.ports.begin(), out.ports.end(),
                          [&](const Port &port) { return port.client() == default_sink; });
    return out;
}

graph::Snapshot SimulatedGraph::look(const std::string &client) {
    ++looks;
    graph::Snapshot out;
    for (const Port &port : ports_)
        if (port.client() == client)
            out.ports.push_back(port);
    for (auto link = links_.lower_bound({client + ":", {}});
         link != links_.end() && link->from.starts_with(client + ":"); ++link)
        out.links.push_back(*link);
    return out;
}

graph::ClientDescription SimulatedGraph::describe(const std::string &client, const std::string &) {
    const auto found = descriptions_.find(client);
    return found == descriptions_.end() ? graph::ClientDescription{} : found->second;
}

void SimulatedGraph::set_description(const std::string &client,
                                     graph::ClientDescription description) {
    descriptions_[client] = std::move(description);
    events_.push_back({Event::Kind::described, {}, {}, now_});
}

std::vector<Event> SimulatedGraph::wait(std::chrono::milliseconds) {
    return std::exchange(events_, {});
}

Outcome SimulatedGraph::connect(const Link &link) {
    operations.push_back({Operation::Kind::connect, link});
    if (lost_)
        return Outcome::no_server;
    const bool refuses = refused_.contains(client_of(link.from)) &&
                         (refused_to.empty() || refused_to == client_of(link.to));
    if (!find(link.from) || !find(link.to) || refuses)
        return Outcome::refused;
    later(link_delay, [this, link] { set_link(link, true); });
    return links_.contains(link) ? Outcome::done : Outcome::pending;
}

Outcome SimulatedGraph::disconnect(const Link &link) {
    operations.push_back({Operation::Kind::disconnect, link});
    if (lost_)
        return Outcome::no_server;
    later(link_delay, [this, link] { set_link(link, false); });
    return links_.contains(link) ? Outcome::pending : Outcome::done;
}

Outcome SimulatedGraph::set_target(const std::string &port, const std::string &sink) {
    operations.push_back({Operation::Kind::target, {port, sink}});
    const std::string stream = client_of(port);
    if (!has_session_manager || !targets_.contains(stream))
        return Outcome::refused;
    targets_[stream] = sink;
    place(stream);
    return Outcome::pending;
}

} // namespace headroom::test
