// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/told_graph.hpp"

#include <algorithm>
#include <utility>

namespace headroom::jack {

using graph::Event;
using graph::Link;
using std::chrono::milliseconds;

namespace {

/// How long a busy server may take to show what it has told.
constexpr milliseconds kShowTime{1000};

/// Links that were told of a moment ago are looked through from so many on.
constexpr std::size_t kManyLinks = 64;

} // namespace

void ToldGraph::push(Event event) {
    {
        const std::lock_guard lock(mutex_);
        note(event);
        events_.push_back(std::move(event));
    }
    changed_.notify_all();
}

void ToldGraph::push_renamed(const std::string &old_name, const std::string &new_name) {
    {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        events_.push_back({Event::Kind::port_removed, old_name, {}, now});
        events_.push_back({Event::Kind::port_added, new_name, {}, now});
        const auto known = ports_.find(std::string(graph::client_part(old_name)));
        if (known != ports_.end())
            std::replace(known->second.begin(), known->second.end(), old_name, new_name);
        std::set<Link> links;
        for (Link link : links_) {
            std::string &from = link.from;
            std::string &to = link.to;
            from = from == old_name ? new_name : from;
            to = to == old_name ? new_name : to;
            links.insert(std::move(link));
        }
        links_ = std::move(links);
    }
    changed_.notify_all();
}

void ToldGraph::note(const Event &event) {
    const Link link{event.from, event.to};
    if (recent_.size() >= forget_above_) {
        forget_old(event.at);
        forget_above_ = std::max(kManyLinks, 2 * recent_.size());
    }
    switch (event.kind) {
    case Event::Kind::port_added:
    case Event::Kind::port_removed: {
        const std::string client(graph::client_part(event.from));
        std::vector<std::string> &ports = ports_[client];
        const bool is_known = std::find(ports.begin(), ports.end(), event.from) != ports.end();
        if (event.kind == Event::Kind::port_removed)
            std::erase(ports, event.from);
        else if (!is_known)
            ports.push_back(event.from);
        if (ports.empty())
            ports_.erase(client);
        break;
    }
    case Event::Kind::linked:
        links_.insert(link);
        recent_.insert_or_assign(link, event);
        break;
    case Event::Kind::unlinked:
        links_.erase(link);
        recent_.insert_or_assign(link, event);
        break;
    default:
        break;
    }
}

std::vector<Event> ToldGraph::wait(milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [this] { return woken_ || !events_.empty(); });
    woken_ = false;
    return std::exchange(events_, {});
}

void ToldGraph::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_all();
}

std::vector<std::string> ToldGraph::ports_of(const std::string &client) const {
    const std::lock_guard lock(mutex_);
    const auto known = ports_.find(client);
    return known == ports_.end() ? std::vector<std::string>{} : known->second;
}

std::vector<Link> ToldGraph::links_from(const std::string &port) const {
    const std::lock_guard lock(mutex_);
    std::vector<Link> out;
    for (auto link = links_.lower_bound({port, {}}); link != links_.end() && link->from == port;
         ++link)
        out.push_back(*link);
    return out;
}

std::size_t ToldGraph::size() const {
    const std::lock_guard lock(mutex_);
    return ports_.size() + links_.size() + recent_.size();
}

bool ToldGraph::wait_for_link(const Link &link, bool there, milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return links_.contains(link) == there; });
}

void ToldGraph::adopt(const graph::Snapshot &snapshot) {
    const std::lock_guard lock(mutex_);
    go_on_from(snapshot);
}

void ToldGraph::correct(graph::Snapshot &snapshot) {
    const std::lock_guard lock(mutex_);
    go_on_from(snapshot);
    forget_old(Clock::now());
    for (const auto &[link, event] : recent_)
        if (event.kind == Event::Kind::linked)
            links_.insert(link);
        else
            links_.erase(link);
    snapshot.links.assign(links_.begin(), links_.end());
}

void ToldGraph::forget_old(Clock::time_point now) {
    std::erase_if(recent_, [&](const auto &told) { return now - told.second.at > kShowTime; });
}

/// What has happened since it was read has not been taken yet.
void ToldGraph::go_on_from(const graph::Snapshot &snapshot) {
    ports_.clear();
    for (const graph::Port &port : snapshot.ports)
        ports_[std::string(port.client())].push_back(port.name);
    links_ = {snapshot.links.begin(), snapshot.links.end()};
    for (const Event &event : events_)
        note(event);
}

} // namespace headroom::jack
