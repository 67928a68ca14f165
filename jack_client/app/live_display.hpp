// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace headroom::app {

/// The running program in a few lines of text, at most `columns` wide: what each bus hears and
/// gives, what its stages do, and which application goes where.
std::vector<std::string> live_block(const control::ControlSurface &surface, int columns);

/// The same in one plain line, for logs.
std::string live_line(const control::ControlSurface &surface);

/// Shows the block in place on a terminal and leaves the rest of the screen alone; elsewhere it
/// prints one line for each call.
class LiveDisplay {
  public:
    explicit LiveDisplay(std::FILE *stream);

    bool is_terminal() const { return is_terminal_; }
    void show(const control::ControlSurface &surface);
    /// Takes the block off the terminal.
    void clear();

  private:
    std::FILE *stream_;
    bool is_terminal_;
    std::size_t lines_shown_ = 0;
};

} // namespace headroom::app
