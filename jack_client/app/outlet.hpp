// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headroom::app {

/// Writes to a descriptor from a thread of its own. A terminal that is stopped (Ctrl-S), a pipe
/// that nobody reads or a disk that is full never delays the caller. All members are for any
/// thread.
class Outlet {
  public:
    using Lines = std::vector<std::string>;

    /// on_terminal_lost: called once, from the thread, when fd was a terminal that is closed.
    explicit Outlet(int fd, std::function<void()> on_terminal_lost = {});
    /// Leaves the thread alone when it still waits for the reader.
    ~Outlet();
    Outlet(const Outlet &) = delete;
    Outlet &operator=(const Outlet &) = delete;

    /// Lines can be drawn over: a terminal that knows how.
    bool can_redraw() const;
    /// Columns and rows of the terminal; 80 and 0 of anything else.
    int columns() const;
    int rows() const;

    /// Writes whole lines, in order, above the block. While the reader waits, the oldest give way.
    void print(const std::string &text);
    /// Replaces the block; the newest wins. When lines cannot be drawn over, they are printed.
    void draw(Lines block);
    /// Takes the block away.
    void clear();

    /// Waits until all is written, at most that long. False when something is not.
    bool drain(std::chrono::milliseconds patience);
    /// Something could not be written: the disk is full, or the reader has gone.
    bool has_failed() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace headroom::app
