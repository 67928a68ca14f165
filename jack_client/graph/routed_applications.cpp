// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/routed_applications.hpp"

#include <algorithm>
#include <utility>

namespace headroom::graph {

std::vector<RoutedApplication>::iterator RoutedApplications::at(const std::string &name) {
    return std::lower_bound(all_.begin(), all_.end(), name,
                            [](const RoutedApplication &known, const std::string &other) {
                                return known.name < other;
                            });
}

void RoutedApplications::put(RoutedApplication application) {
    const auto known = at(application.name);
    if (known == all_.end() || known->name != application.name)
        all_.insert(known, std::move(application));
    else if (*known != application)
        *known = std::move(application);
    else
        return;
    ++revision_;
}

void RoutedApplications::erase(const std::string &name) {
    keep_if([&](const std::string &other) { return other != name; });
}

void RoutedApplications::keep_if(const std::function<bool(const std::string &name)> &is_there) {
    if (std::erase_if(all_, [&](const auto &known) { return !is_there(known.name); }) > 0)
        ++revision_;
}

void RoutedApplications::clear() {
    all_.clear();
    ++revision_;
}

} // namespace headroom::graph
