// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/app/port_file.hpp"
#include "jack_client/control/control_surface.hpp"
#include "jack_client/control/event_loop.hpp"
#include "osc/query/announcer.hpp"
#include "osc/query/query_server.hpp"
#include "osc/server.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headroom::app {

/// The running program's OSC port with all that is answered on it. Belongs to the control thread.
class OscPort {
  public:
    struct Options {
        /// 0 takes a free one; nothing takes the usual one, or a free one if another user has it.
        std::optional<std::uint16_t> number;
        bool no_query = false;                  ///< OSC alone
        bool no_announce = false;               ///< nothing over DNS-SD
        std::vector<std::string> listen;        ///< as in OscSettings, beside those there
        std::vector<std::string> allow;         ///< networks, as text; they may ask
        std::vector<std::string> write;         ///< these may also set
        std::shared_ptr<osc::UdpSocket> socket; ///< see osc::ServerOptions
        std::function<bool(const osc::Endpoint &, std::span<const std::uint8_t>)> take_aside;
    };

    /// The loop, which serves the port, and the surface must outlive this. `exchange` is called
    /// before values are read and after they were written. What is left out, as OSCQuery that
    /// cannot start, is told to stderr.
    static Result<std::unique_ptr<OscPort>> open(control::EventLoop &loop, const Options &options,
                                                 const OscSettings &settings,
                                                 control::ControlSurface &surface,
                                                 std::function<void()> exchange);

    std::uint16_t number() const { return server_->port(); }
    /// Where it listens, for people.
    std::string text() const;

    /// Takes on other settings, as far as an open port can. Returns what it could not, for people.
    std::vector<std::string> adopt(const OscSettings &settings);

  private:
    explicit OscPort(Options options) : options_(std::move(options)) {}

    Options options_;
    std::vector<std::string> listen_; ///< beside the loopback addresses
    std::unique_ptr<PortFile> file_;
    std::unique_ptr<osc::Server> server_;
    std::unique_ptr<osc::QueryServer> query_;
    std::unique_ptr<osc::Announcer> announcer_;
};

} // namespace headroom::app
