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

/// Writes the description as JACK metadata, and of an audio port that it carries sound. A server
/// without metadata is no error. Not real-time safe.
void describe_port(jack_client_t *client, jack_port_t *port, const PortDescription &description);

/// Of a client by its name; 0 where there is none.
jack_uuid_t client_uuid(jack_client_t *client, const std::string &name);

/// The name that people see of a client or a port; empty where it has none.
std::string pretty_name(jack_uuid_t subject);

/// Whether a change of the key, or of all where it is nullptr, may be one of a pretty name.
bool may_rename(const char *key);

/// Gives the client an icon by its freedesktop name.
void set_client_icon(jack_client_t *client, const std::string &icon_name);

} // namespace headroom::jack
