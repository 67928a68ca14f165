// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/subscriptions.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace headroom::osc {

/// A connection, as one of those that take up all places.
struct Place {
    std::uint64_t connection;
    std::string host;
    bool may_ask; ///< else it is only there to be told why not
    TimePoint heard;
};

/// The connection that gives way to a new one: the one heard longest ago among those of the host
/// that has most, before that those that may not ask anyway. At least one place must be taken.
inline std::uint64_t gives_way(const std::vector<Place> &places) {
    std::map<std::string, std::size_t> of_host;
    for (const Place &place : places)
        ++of_host[place.host];
    return std::min_element(places.begin(), places.end(),
                            [&](const Place &a, const Place &b) {
                                if (a.may_ask != b.may_ask)
                                    return !a.may_ask;
                                if (of_host[a.host] != of_host[b.host])
                                    return of_host[a.host] > of_host[b.host];
                                return a.heard < b.heard;
                            })
        ->connection;
}

} // namespace headroom::osc
