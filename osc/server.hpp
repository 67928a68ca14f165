// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/control/control_surface.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace headroom::osc {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 9140; ///< 0 takes a free one
};

/// Every parameter and meter on OSC over UDP. Lives on the control thread: the caller polls fd()
/// and calls on_readable() and, not later than it asked, on_timer().
class Server {
  public:
    static Result<std::unique_ptr<Server>> open(const ServerOptions &options,
                                                control::ControlSurface &surface);
    ~Server();

    int fd() const;
    std::uint16_t port() const;

    /// Handles every packet that waits (at most a bounded number), then sends what became due.
    void on_readable();

    /// Sends due meters and keep-alives, ends leases. Returns the milliseconds until it wants to be
    /// called again; -1 where nobody listens.
    int on_timer();

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
