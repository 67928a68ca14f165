// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <jack/types.h>
#include <string>

namespace headroom::jack {

/// How a patchbay shows a port.
struct PortDescription {
    std::string pretty_name;
    std::string group; ///< ports of the same group belong together
    int order = 0;     ///< place among the ports of the client, from 0
};

/// Writes the description as JACK metadata. A server without metadata is no error. Not real-time
/// safe.
void describe_port(jack_client_t *client, jack_port_t *port, const PortDescription &description);

/// Gives the client an icon by its freedesktop name.
void set_client_icon(jack_client_t *client, const std::string &icon_name);

} // namespace headroom::jack
