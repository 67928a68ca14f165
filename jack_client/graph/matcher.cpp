// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/matcher.hpp"

#include "config/value_text.hpp"

#include <algorithm>
#include <array>

namespace headroom::graph {

namespace {

/// Without the number by which a server keeps names apart ("player-01").
std::string without_number(const std::string &name) {
    const auto dash = name.find_last_not_of("0123456789");
    const bool is_numbered =
        dash != name.npos && dash > 0 && dash + 1 < name.size() && name[dash] == '-';
    return is_numbered ? name.substr(0, dash) : name;
}

/// What an application calls itself; its program, where a library speaks for it.
std::string shown_name(const ClientDescription &description) {
    constexpr std::array<std::string_view, 4> kOfLibraries{"Chromium", "SDL Application",
                                                           "WEBRTC VoiceEngine", "OpenAL Soft"};
    const std::string &name = description.application;
    const std::string &program = description.binary;
    const bool is_own = equal_ignoring_case(program.substr(0, name.size()), name);
    const bool is_of_library =
        std::find(kOfLibraries.begin(), kOfLibraries.end(), name) != kOfLibraries.end();
    return is_of_library && !program.empty() && !is_own ? program : name;
}

} // namespace

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
    const std::string &kind = description.media_class;
    if (client.is_sink || belongs_to(name, own_client) || !description.link_group.empty() ||
        (!kind.empty() && kind != kStreamClass))
        return std::nullopt;
    Application out;
    ApplicationNames names{.client = name,
                           .pretty = description.pretty,
                           .application = description.application.empty() ? without_number(name)
                                                                          : description.application,
                           .binary = description.binary,
                           .role = description.role,
                           .title = description.title,
                           .device = description.device};
    for (const Port &port : client.ports) {
        if (!port.is_output || port.is_physical)
            continue;
        out.ports.push_back(port.name);
        names.ports.emplace_back(port.short_name());
        names.aliases.insert(names.aliases.end(), port.aliases.begin(), port.aliases.end());
        out.is_stream = out.is_stream || !port.aliases.empty() || !kind.empty();
    }
    if (out.ports.empty())
        return std::nullopt;
    out.shown = out.is_stream ? shown_name(description) : name;
    if (out.shown.empty())
        out.shown = name;
    out.target = description.target;
    out.names = std::make_shared<const ApplicationNames>(std::move(names));
    return out;
}

} // namespace headroom::graph
