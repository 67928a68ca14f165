// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/link_keeper.hpp"

#include <algorithm>
#include <iterator>

namespace headroom::graph {

namespace {

using namespace std::chrono_literals;

/// How long PipeWire may take to show or to end a link.
constexpr auto kPendingTime = 1000ms;

/// First pause after a refusal (a client that is not active yet), doubled each time.
constexpr auto kRefusedTime = 50ms;
constexpr int kMaxAttempts = 6;

} // namespace

GraphView::GraphView(const Snapshot &snapshot)
    : links(snapshot.links.begin(), snapshot.links.end()) {
    for (const Port &port : snapshot.ports)
        ports.insert(port.name);
}

bool LinkKeeper::is_given_up(const Kept &kept) {
    return kept.attempts >= kMaxAttempts;
}

void LinkKeeper::keep(const std::set<Link> &wanted, const GraphView &view) {
    for (auto it = kept_.begin(); it != kept_.end();) {
        auto &[link, kept] = *it;
        const bool present = view.links.contains(link);
        if (!wanted.contains(link) && present && kept.ours)
            unmake(link, kept, view);
        const bool known = wanted.contains(link) || (present ? kept.ours : kept.broken);
        it = known ? std::next(it) : kept_.erase(it);
    }
    for (const Link &link : wanted) {
        Kept &kept = kept_[link];
        if (view.links.contains(link)) {
            kept.seen = true;
            kept.broken = false;
            kept.attempts = 0;
            kept.wait_until = {};
        } else if (view.could_link(link) && !kept.broken) {
            if (kept.seen)
                kept.broken = true;
            else if (!is_given_up(kept) && graph_.now() >= kept.wait_until)
                make(link, kept);
        }
    }
}

void LinkKeeper::make(const Link &link, Kept &kept) {
    kept.ours = true;
    switch (graph_.connect(link)) {
    case Outcome::done:
        kept.seen = true;
        kept.attempts = 0;
        break;
    case Outcome::pending:
        // Twice accepted without effect: the server restricts such links, and asking on is noise.
        kept.attempts += kMaxAttempts / 2;
        kept.wait_until = graph_.now() + kPendingTime;
        break;
    case Outcome::refused:
        kept.wait_until = graph_.now() + kRefusedTime * (1 << kept.attempts);
        ++kept.attempts;
        break;
    case Outcome::no_server:
        break;
    }
}

void LinkKeeper::unmake(const Link &link, Kept &kept, const GraphView &view) {
    if (!view.could_link(link) || graph_.now() < kept.wait_until)
        return;
    graph_.disconnect(link);
    kept.seen = false;
    kept.wait_until = graph_.now() + kPendingTime;
}

void LinkKeeper::forget_port(const std::string &port) {
    std::erase_if(kept_, [&](const auto &entry) {
        return entry.first.from == port || entry.first.to == port;
    });
}

void LinkKeeper::try_again() {
    for (auto &[link, kept] : kept_) {
        kept.attempts = 0;
        kept.wait_until = {};
    }
}

bool LinkKeeper::made(const Link &link) const {
    const auto found = kept_.find(link);
    return found != kept_.end() && found->second.ours;
}

bool LinkKeeper::broken_by_user(const Link &link) const {
    const auto found = kept_.find(link);
    return found != kept_.end() && found->second.broken;
}

std::vector<Link> LinkKeeper::given_up() const {
    std::vector<Link> out;
    for (const auto &[link, kept] : kept_)
        if (is_given_up(kept) && !kept.seen && graph_.now() >= kept.wait_until)
            out.push_back(link);
    return out;
}

std::optional<TimePoint> LinkKeeper::next_look() const {
    std::optional<TimePoint> next;
    for (const auto &[link, kept] : kept_)
        if (kept.wait_until > graph_.now())
            next = std::min(next.value_or(kept.wait_until), kept.wait_until);
    return next;
}

} // namespace headroom::graph
