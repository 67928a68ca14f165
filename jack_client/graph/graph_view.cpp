// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/graph_view.hpp"

#include <algorithm>

namespace headroom::graph {

namespace {

void add_port(ClientView &client, const Port &port) {
    client.ports.push_back(port);
    client.has_inputs = client.has_inputs || !port.is_output;
    client.is_sink = client.is_sink || (port.is_physical && !port.is_output);
}

} // namespace

std::string client_of(std::string_view port) {
    return std::string(client_part(port));
}

GraphView::GraphView(const Snapshot &snapshot) {
    for (const Port &port : snapshot.ports) {
        ClientView &client = clients_[std::string(port.client())];
        const bool was_sink = client.is_sink;
        add_port(client, port);
        if (client.is_sink && !was_sink)
            sinks_.emplace_back(port.client());
    }
    for (const Link &link : snapshot.links)
        if (const auto client = clients_.find(client_of(link.from)); client != clients_.end())
            client->second.links.insert(link);
}

void GraphView::replace(const std::string &client, const Snapshot &look) {
    clients_.erase(client);
    if (look.ports.empty())
        return;
    ClientView &view = clients_[client];
    for (const Port &port : look.ports)
        add_port(view, port);
    view.links.insert(look.links.begin(), look.links.end());
}

const ClientView *GraphView::find(std::string_view client) const {
    const auto found = clients_.find(client);
    return found == clients_.end() ? nullptr : &found->second;
}

bool GraphView::has_port(const std::string &port) const {
    const ClientView *client = find(client_part(port));
    return client && std::any_of(client->ports.begin(), client->ports.end(),
                                 [&](const Port &known) { return known.name == port; });
}

bool GraphView::has(const Link &link) const {
    return links_from(client_part(link.from)).contains(link);
}

const std::set<Link> &GraphView::links_from(std::string_view client) const {
    static const std::set<Link> none;
    const ClientView *found = find(client);
    return found ? found->links : none;
}

} // namespace headroom::graph
