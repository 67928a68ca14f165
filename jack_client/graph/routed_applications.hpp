// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/reconciler.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace headroom::graph {

/// What is told of the applications, in the order of their names.
class RoutedApplications {
  public:
    void put(RoutedApplication application);
    void erase(const std::string &name);
    void keep_if(const std::function<bool(const std::string &name)> &is_there);
    void clear();

    const std::vector<RoutedApplication> &all() const { return all_; }
    /// Changes whenever all() does.
    std::uint64_t revision() const { return revision_; }

  private:
    std::vector<RoutedApplication>::iterator at(const std::string &name);

    std::vector<RoutedApplication> all_;
    std::uint64_t revision_ = 0;
};

} // namespace headroom::graph
