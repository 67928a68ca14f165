// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"

#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

/// Gives applications input ports of their own in a bus. Asked in the graph thread alone, by the
/// planner whenever it makes a plan.
class StripHost {
  public:
    virtual ~StripHost() = default;

    /// The ports of an application's strip by full name, one for each of its channels, which are
    /// mono or some of the bus's; opened where there is none yet, the same ones at every call while
    /// the application is there. Nothing where there is no strip for it, or not yet.
    virtual std::vector<std::string> strip_ports(const std::string &application,
                                                 const std::string &bus,
                                                 const ChannelLayout &channels) = 0;

    /// These applications have strips in the plan that was just made. Strips of others end.
    virtual void keep_strips(const std::set<std::string> &applications) = 0;
};

} // namespace headroom::graph
