// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/osc_port.hpp"

#include <array>
#include <climits>
#include <iostream>
#include <unistd.h>

namespace headroom::app {

namespace {

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size()) == 0 ? name.data() : "this machine";
}

} // namespace

Result<std::unique_ptr<OscPort>> OscPort::open(const Options &options, const OscSettings &network,
                                               control::ControlSurface &surface) {
    std::unique_ptr<OscPort> port(new OscPort);
    auto server = osc::Server::open({.port = options.number,
                                     .network = network,
                                     .socket = options.socket,
                                     .take_aside = options.take_aside},
                                    surface);
    if (!server)
        return tl::unexpected(server.error());
    port->server_ = std::move(*server);
    if (!options.no_query) {
        auto query = osc::QueryServer::open(*port->server_, surface, "headroom");
        if (query)
            port->query_ = std::move(*query);
        else
            std::cerr << "headroom: " << query.error().text() << std::endl;
    }
    if (!options.no_announce)
        port->announcer_ = osc::Announcer::start({.name = "headroom on " + host_name(),
                                                  .port = port->number(),
                                                  .is_query = port->query_ != nullptr,
                                                  .is_loopback = network.listen.empty()});
    return port;
}

void OscPort::attach(control::EventLoop &loop, std::function<void()> exchange) {
    const auto serve = [&loop, exchange = std::move(exchange)](auto &server) {
        loop.on_readable(server.fd(), [&server, exchange] {
            exchange();
            server.on_readable();
            exchange();
        });
    };
    serve(*server_);
    if (query_)
        serve(*query_);
    if (announcer_)
        loop.on_readable(announcer_->fd(), [this] { announcer_->on_readable(); });
}

} // namespace headroom::app
