// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace headroom::osc {

/// What DNS-SD tells of a running headroom.
struct Announcement {
    std::string name;         ///< as surfaces show it; another one where it is taken already
    std::uint16_t port = 0;   ///< of everything
    bool is_query = true;     ///< _oscjson._tcp beside _osc._udp
    bool is_loopback = false; ///< heard on this machine alone
};

/// Announces headroom over DNS-SD through Avahi, now and whenever its daemon comes back. Where none
/// runs, nothing happens and nothing fails. Served by the control thread's loop.
class Announcer {
  public:
    /// Nothing if there is no system bus. The loop must outlive this.
    static std::unique_ptr<Announcer> start(control::EventLoop &loop, Announcement announcement);
    ~Announcer();

  private:
    struct Impl;
    explicit Announcer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
