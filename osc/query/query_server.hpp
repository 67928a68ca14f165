// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/control/control_surface.hpp"
#include "osc/server.hpp"

#include <memory>
#include <string>

namespace headroom::osc {

/// OSCQuery on the port of the OSC server: the tree over HTTP, values and OSC packets over
/// WebSocket. Served by the control thread's loop.
class QueryServer {
  public:
    /// All must outlive this; the server hands over every TCP connection that speaks HTTP. `name`
    /// is what surfaces show.
    static Result<std::unique_ptr<QueryServer>> open(control::EventLoop &loop, Server &server,
                                                     control::ControlSurface &surface,
                                                     const std::string &name);
    ~QueryServer();

  private:
    struct Impl;
    explicit QueryServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::osc
