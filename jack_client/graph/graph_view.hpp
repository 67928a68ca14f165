// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/port_graph.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::graph {

/// The client of a port.
std::string client_of(std::string_view port);

/// One client as a look saw it.
struct ClientView {
    std::vector<Port> ports; ///< in the server's order
    std::set<Link> links;    ///< from its outputs
    bool is_sink = false;    ///< has physical inputs
    bool has_inputs = false;
};

/// The graph by clients, as the last looks saw it.
class GraphView {
  public:
    using Clients = std::map<std::string, ClientView, std::less<>>;

    GraphView() = default;
    explicit GraphView(const Snapshot &snapshot);

    /// Takes in a new look at one client; one without ports is gone.
    void replace(const std::string &client, const Snapshot &look);

    const Clients &clients() const { return clients_; }
    /// nullptr where there is no such client.
    const ClientView *find(std::string_view client) const;

    bool has_port(const std::string &port) const;
    bool has(const Link &link) const;
    bool could_link(const Link &link) const { return has_port(link.from) && has_port(link.to); }
    /// From the outputs of a client.
    const std::set<Link> &links_from(std::string_view client) const;

    /// Clients with physical inputs as the server lists them, the default first.
    const std::vector<std::string> &sinks() const { return sinks_; }

  private:
    Clients clients_;
    std::vector<std::string> sinks_;
};

} // namespace headroom::graph
