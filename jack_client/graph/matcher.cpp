// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/matcher.hpp"

namespace headroom::graph {

bool belongs_to(std::string_view client, std::string_view own_client) {
    constexpr std::string_view kEnds = ".-/";
    const std::string_view program = own_client.substr(0, own_client.find_first_of(kEnds));
    if (program.empty() || !client.starts_with(program))
        return false;
    const std::string_view rest = client.substr(program.size());
    return rest.empty() || kEnds.find(rest.front()) != kEnds.npos;
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
