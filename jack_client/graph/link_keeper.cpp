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

/// Between attempts at a link that the server has not made: it may have been too busy, and nobody
/// tells when it no longer is.
constexpr auto kGivenUpTime = 10000ms;

} // namespace

std::optional<TimePoint> LinkKeeper::keep(const std::string &owner, const std::set<Link> &wanted,
                                          const GraphView &view) {
    if (wanted.empty() && !owners_.contains(owner))
        return std::nullopt;
    Links &links = owners_[owner];
    for (auto it = links.begin(); it != links.end();) {
        auto &[link, kept] = *it;
        const bool present = view.has(link);
        // What returns under the name of a port that has ended starts anew.
        if (!view.could_link(link))
            kept.seen = kept.broken = false;
        if (!wanted.contains(link) && present && kept.ours)
            unmake(link, kept, view);
        const bool known = wanted.contains(link) || (present ? kept.ours : kept.broken);
        it = known ? std::next(it) : links.erase(it);
    }
    for (const Link &link : wanted) {
        Kept &kept = links[link];
        if (view.has(link)) {
            kept.seen = true;
            kept.broken = false;
            kept.given_up = false;
            kept.attempts = 0;
            kept.wait_until = {};
        } else if (view.could_link(link) && !kept.broken) {
            if (kept.seen)
                kept.broken = true;
            else if (graph_.now() >= kept.wait_until)
                make(link, kept);
        }
    }
    std::optional<TimePoint> next;
    for (const auto &[link, kept] : links)
        if (kept.wait_until > graph_.now())
            next = std::min(next.value_or(kept.wait_until), kept.wait_until);
    if (links.empty())
        owners_.erase(owner);
    return next;
}

void LinkKeeper::make(const Link &link, Kept &kept) {
    kept.ours = true;
    kept.given_up = kept.attempts >= kMaxAttempts;
    const Outcome outcome = graph_.connect(link);
    kept.accepted = outcome == Outcome::pending;
    switch (outcome) {
    case Outcome::done:
        kept.seen = true;
        kept.given_up = false;
        kept.attempts = 0;
        break;
    case Outcome::pending:
        // Twice accepted without effect: the server restricts such links, and asking on at once is
        // noise.
        kept.attempts = std::min(kept.attempts + kMaxAttempts / 2, kMaxAttempts);
        kept.wait_until = graph_.now() + (kept.given_up ? kGivenUpTime : kPendingTime);
        break;
    case Outcome::refused:
        kept.wait_until =
            graph_.now() + (kept.given_up ? kGivenUpTime : kRefusedTime * (1 << kept.attempts));
        kept.attempts = std::min(kept.attempts + 1, kMaxAttempts);
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
    const auto forget = [&](Links &links) {
        std::erase_if(links, [&](const auto &entry) {
            return entry.first.from == port || entry.first.to == port;
        });
    };
    // An application's ports are ends of its own links and of those that belong to nobody.
    const auto owner = owners_.find(client_of(port));
    if (owner == owners_.end()) {
        for (auto &[name, links] : owners_)
            forget(links);
        return;
    }
    forget(owner->second);
    if (const auto nobody = owners_.find({}); nobody != owners_.end())
        forget(nobody->second);
}

void LinkKeeper::forgive(const std::string &owner) {
    const auto links = owners_.find(owner);
    if (links == owners_.end())
        return;
    for (auto &[link, kept] : links->second)
        kept.seen = kept.broken = false;
}

void LinkKeeper::try_again() {
    for (auto &[owner, links] : owners_)
        for (auto &[link, kept] : links) {
            kept.given_up = false;
            kept.attempts = 0;
            kept.wait_until = {};
        }
}

void LinkKeeper::try_again(const std::string &port) {
    const auto again = [&](Links &links) {
        for (auto &[link, kept] : links)
            if (!kept.seen && !kept.accepted && (link.from == port || link.to == port)) {
                kept.attempts = 0;
                kept.wait_until = {};
            }
    };
    if (const auto owner = owners_.find(client_of(port)); owner != owners_.end())
        again(owner->second);
    else
        for (auto &[name, links] : owners_)
            again(links);
}

bool LinkKeeper::fails(const std::string &owner, const std::string &port) const {
    const auto links = owners_.find(owner);
    return links != owners_.end() &&
           std::any_of(links->second.begin(), links->second.end(), [&](const auto &entry) {
               const auto &[link, kept] = entry;
               return link.from == port && !kept.seen && !kept.broken &&
                      (kept.given_up || (kept.attempts > 1 && !kept.accepted));
           });
}

const LinkKeeper::Kept *LinkKeeper::find(const std::string &owner, const Link &link) const {
    const auto links = owners_.find(owner);
    if (links == owners_.end())
        return nullptr;
    const auto found = links->second.find(link);
    return found == links->second.end() ? nullptr : &found->second;
}

bool LinkKeeper::made(const std::string &owner, const Link &link) const {
    const Kept *kept = find(owner, link);
    return kept && kept->ours;
}

bool LinkKeeper::broken_by_user(const std::string &owner, const Link &link) const {
    const Kept *kept = find(owner, link);
    return kept && kept->broken;
}

std::vector<LinkKeeper::GivenUp> LinkKeeper::given_up(const std::string &owner) const {
    std::vector<GivenUp> out;
    if (const auto links = owners_.find(owner); links != owners_.end())
        for (const auto &[link, kept] : links->second)
            if (kept.given_up)
                out.push_back({link, kept.accepted});
    return out;
}

} // namespace headroom::graph
