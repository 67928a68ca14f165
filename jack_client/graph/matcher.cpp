// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/matcher.hpp"

namespace headroom::graph {

bool belongs_to(std::string_view client, std::string_view own_client) {
    return !own_client.empty() && client.starts_with(own_client) &&
           (client.size() == own_client.size() || client[own_client.size()] == '-');
}

std::optional<Application> find_application(const std::string &name, const ClientView &client,
                                            const std::string &own_client,
                                            const ClientDescription &description) {
    if (client.is_sink || belongs_to(name, own_client))
        return std::nullopt;
    Application out;
    ApplicationNames names{.client = name,
                           .pretty = description.pretty,
                           .binary = description.binary,
                           .media = description.media};
    for (const Port &port : client.ports) {
        if (!port.is_output || port.is_physical)
            continue;
        out.ports.push_back(port.name);
        names.ports.emplace_back(port.short_name());
        names.aliases.insert(names.aliases.end(), port.aliases.begin(), port.aliases.end());
        out.is_stream = out.is_stream || !port.aliases.empty();
    }
    if (out.ports.empty())
        return std::nullopt;
    out.names = std::make_shared<const ApplicationNames>(std::move(names));
    return out;
}

} // namespace headroom::graph
