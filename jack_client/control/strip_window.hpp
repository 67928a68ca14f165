// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"

#include <optional>
#include <vector>

namespace headroom::control {

/// Which application is which strip of a controller: each takes the first free place when it comes,
/// its former one where that is free, and keeps it until it goes. A controller shows a window of
/// the places. Belongs to the control thread.
class StripWindow {
  public:
    explicit StripWindow(const ControlSurface &surface) : surface_(surface) {}

    /// Looks who has come and gone; true where anything has changed.
    bool follow();

    /// Moves the window on by that many windows of `width` places, not before the first and not
    /// beyond the last application. True where it has moved.
    bool move(int windows, int width);

    /// Index into strip_names() of what is at a position of the window, from 1.
    std::optional<int> at(int position) const;
    /// The first place of the window, from 0.
    int offset() const { return offset_; }

  private:
    const ControlSurface &surface_;
    std::vector<int> places_;              ///< strip index of each place; -1 where it is free
    std::vector<std::optional<int>> last_; ///< former place, by strip index
    int offset_ = 0;
};

} // namespace headroom::control
