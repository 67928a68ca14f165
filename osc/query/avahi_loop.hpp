// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"

#include <avahi-common/watch.h>

namespace headroom::osc {

/// Avahi's descriptors and timeouts in the control thread's loop. Avahi frees all of them before
/// this ends.
class AvahiLoop {
  public:
    /// The loop must outlive this.
    explicit AvahiLoop(control::EventLoop &loop);
    AvahiLoop(const AvahiLoop &) = delete;
    AvahiLoop &operator=(const AvahiLoop &) = delete;

    /// For Avahi's functions; lives as long as this.
    const AvahiPoll *api() const { return &api_; }

  private:
    AvahiPoll api_{};
};

} // namespace headroom::osc
