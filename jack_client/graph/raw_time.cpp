// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/raw_time.hpp"

#include <algorithm>
#include <iterator>

namespace headroom::graph {

void RawTime::linked(const std::string &application, const Link &link, TimePoint at) {
    Running &running = running_[application];
    if (running.links.empty())
        running.since = at;
    running.links.insert(link);
}

void RawTime::unlinked(const std::string &application, const Link &link, TimePoint at) {
    const auto found = running_.find(application);
    if (found == running_.end() || found->second.links.erase(link) == 0)
        return;
    if (found->second.links.empty())
        end(application, at);
}

void RawTime::end(const std::string &application, TimePoint at) {
    const auto found = running_.find(application);
    if (found == running_.end())
        return;
    total_ += std::max(at - found->second.since, std::chrono::steady_clock::duration::zero());
    running_.erase(found);
}

void RawTime::settle(const GraphView &view, TimePoint now) {
    for (auto it = running_.begin(); it != running_.end();) {
        const auto next = std::next(it);
        std::erase_if(it->second.links, [&](const Link &link) { return !view.has(link); });
        if (it->second.links.empty())
            end(std::string(it->first), now);
        it = next;
    }
}

} // namespace headroom::graph
