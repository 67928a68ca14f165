// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/rules.hpp"
#include "jack_client/graph/graph_view.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::graph {

/// A client that plays, as the rules see it.
struct Application {
    std::vector<std::string> ports; ///< full names of its audio outputs, in the server's order
    std::shared_ptr<const ApplicationNames> names;

    /// By which people know it: all streams of an application share that name, over restarts too.
    /// A JACK client is called as the server calls it.
    std::string shown;

    /// PipeWire gives the ports of its own streams aliases; ports of JACK clients have none unless
    /// the client sets them. A session manager moves streams, and leaves JACK clients alone.
    bool is_stream = false;

    std::string target; ///< see ClientDescription
};

/// The client itself, its helpers ("headroom-graph", or "headroom.nABCD/graph" in a session) and
/// further instances ("headroom-01", "headroom.nWXYZ"), which would else play into each other.
bool belongs_to(std::string_view client, std::string_view own_client);

/// The class of what plays in PipeWire.
inline constexpr const char *kStreamClass = "Stream/Output/Audio";

/// Applications are clients with audio outputs that are neither physical nor ours nor a sink's
/// monitor; where the server tells classes, streams that play and are no end of an effect, and
/// JACK clients. Nothing for any other client.
std::optional<Application> find_application(const std::string &name, const ClientView &client,
                                            const std::string &own_client,
                                            const ClientDescription &description = {});

} // namespace headroom::graph
