// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/event_log.hpp"

namespace headroom::app {

void EventLog::tell(Count &kind, std::uint64_t count, const char *what, TimePoint now) {
    if (count == kind.told || now < kind.next)
        return;
    say_(std::string(what) + ": " + std::to_string(count - kind.told) + " new, " +
             std::to_string(count) + " since the start",
         Priority::warning);
    kind = {count, now + kInterval};
}

void EventLog::look(const Counts &counts, const std::string &notice, TimePoint now) {
    tell(xruns_, counts.xruns, "xruns", now);
    tell(spikes_, counts.spikes, "callbacks of more than half a period", now);
    if (notice == notice_ || now < next_notice_)
        return;
    say_(notice.empty() ? "all is well again" : notice,
         notice.empty() ? Priority::information : Priority::warning);
    notice_ = notice;
    next_notice_ = now + kInterval;
}

} // namespace headroom::app
