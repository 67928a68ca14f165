// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/wire/transport.hpp"

#include <avahi-common/watch.h>
#include <list>

namespace headroom::osc {

/// Avahi's file descriptors and timeouts behind one file descriptor, for a poll loop of somebody
/// else. Belongs to one thread.
class AvahiLoop {
  public:
    AvahiLoop();
    AvahiLoop(const AvahiLoop &) = delete;
    AvahiLoop &operator=(const AvahiLoop &) = delete;
    ~AvahiLoop();

    /// For Avahi's functions; lives as long as this.
    const AvahiPoll *api() const { return &api_; }

    int fd() const { return poll_.get(); }
    /// Calls back what is due.
    void on_readable();

  private:
    friend struct ::AvahiWatch;
    friend struct ::AvahiTimeout;

    /// Both are freed by Avahi while they call back, so they stay until that is over.
    void sweep();
    void set_timer() const;

    FileDescriptor poll_;
    FileDescriptor timer_;
    std::list<AvahiWatch> watches_;
    std::list<AvahiTimeout> timeouts_;
    AvahiPoll api_{};
};

} // namespace headroom::osc
