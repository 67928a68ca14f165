// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/outlet.hpp"

#include <functional>
#include <memory>
#include <string>

namespace headroom::app {

/// Where the running program writes: what say() says to standard error, the display and the summary
/// to standard output. On a terminal that shows both, what is said stands above the live block.
/// Nothing here waits for a reader.
class Console {
  public:
    /// is_json: standard output is for the summary alone, and the display goes to standard error.
    Console(bool is_json, const std::function<void()> &on_terminal_lost);
    /// Waits a moment for what was said last.
    ~Console();
    Console(const Console &) = delete;
    Console &operator=(const Console &) = delete;

    Outlet &display() { return *display_; }

    /// Prints the result to standard output and waits until it is there: until `is_hurried`, and
    /// then for a moment more. False when it could not be written.
    bool finish(const std::string &summary, const std::function<bool()> &is_hurried);

    /// Waits a moment for what was said, as before the program starts itself again.
    void drain();

  private:
    std::shared_ptr<Outlet> messages_; ///< standard error
    std::shared_ptr<Outlet> results_;  ///< standard output; the same on the same terminal
    Outlet *display_;
};

} // namespace headroom::app
