// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

/// The strip that an application is to have.
struct StripWish {
    std::string application;
    std::string bus;
    ChannelLayout channels;          ///< of the application
    std::optional<float> level_dbfs; ///< that its rule has its rider bring it down to
};

/// Gives applications input ports of their own in a bus. Asked in the graph thread alone, by the
/// planner whenever it makes a plan.
class StripHost {
  public:
    virtual ~StripHost() = default;

    /// The ports of an application's strip by full name, one for each of its channels; opened where
    /// there is none yet, the same ones at every call while the application is there. None at all
    /// where that takes another moment; nothing where there is no strip for it.
    virtual std::optional<std::vector<std::string>> strip_ports(const StripWish &wish) = 0;

    /// These applications have strips in the plan that was just made. Strips of others end.
    virtual void keep_strips(const std::set<std::string> &applications) = 0;
};

} // namespace headroom::graph
