// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/outlet.hpp"
#include "jack_client/control/control_surface.hpp"

#include <string>
#include <vector>

namespace headroom::app {

/// The running program in a few lines of text, at most `columns` wide: what each bus hears and
/// gives, what its stages do, and which application goes where.
std::vector<std::string> live_block(const control::ControlSurface &surface, int columns);

/// The same in one plain line, for logs.
std::string live_line(const control::ControlSurface &surface);

/// Shows the block in place on a terminal and leaves the rest of the screen alone; elsewhere it
/// prints one line.
void show_live(const control::ControlSurface &surface, Outlet &display);

} // namespace headroom::app
