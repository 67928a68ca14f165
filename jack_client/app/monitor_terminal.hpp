// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/monitor_view.hpp"

#include <memory>
#include <vector>

namespace headroom::app {

/// The terminal, as curses has it; given back with this object. One at a time.
class Terminal {
  public:
    /// mono: without colours. nullptr when the terminal cannot draw anywhere on its screen, or TERM
    /// does not name one.
    static std::unique_ptr<Terminal> open(bool mono);
    ~Terminal();
    Terminal(const Terminal &) = delete;
    Terminal &operator=(const Terminal &) = delete;

    int columns() const;
    int rows() const;

    /// Sends only what differs from what is there.
    void show(const std::vector<Row> &screen);

    /// As curses numbers the keys; negative when none was pressed.
    int key();

  private:
    struct Impl;
    explicit Terminal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::app
