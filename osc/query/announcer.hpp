// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
/// runs, nothing happens and nothing fails. Lives on the control thread: the caller polls fd() and
/// calls on_readable().
class Announcer {
  public:
    /// Nothing where there is no system bus.
    static std::unique_ptr<Announcer> start(Announcement announcement);
    ~Announcer();

    int fd() const;
    void on_readable();

  private:
    struct Impl;
    explicit Announcer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
