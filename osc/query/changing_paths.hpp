// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"

#include <set>
#include <string>
#include <vector>

namespace headroom::osc {

/// The nodes of OSCQuery that come and go with applications: strips, their meters and routes.
/// Belongs to the control thread.
class ChangingPaths {
  public:
    /// The surface must outlive this.
    explicit ChangingPaths(const control::ControlSurface &surface)
        : surface_(surface), known_(present()) {}

    /// PATH_ADDED and PATH_REMOVED for what has changed since the last call, a text of JSON each.
    std::vector<std::string> changes();

  private:
    std::set<std::string> present() const;

    const control::ControlSurface &surface_;
    std::set<std::string> known_;
};

} // namespace headroom::osc
