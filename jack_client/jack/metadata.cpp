// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/metadata.hpp"

#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/uuid.h>

namespace headroom::jack {
namespace {

constexpr const char *kTextType = "text/plain";
constexpr const char *kIntegerType = "http://www.w3.org/2001/XMLSchema#int";

} // namespace

void describe_port(jack_client_t *client, jack_port_t *port, const PortDescription &description) {
    const jack_uuid_t uuid = jack_port_uuid(port);
    jack_set_property(client, uuid, JACK_METADATA_PRETTY_NAME, description.pretty_name.c_str(),
                      kTextType);
    jack_set_property(client, uuid, JACK_METADATA_PORT_GROUP, description.group.c_str(), kTextType);
    jack_set_property(client, uuid, JACK_METADATA_ORDER, std::to_string(description.order).c_str(),
                      kIntegerType);
}

void set_client_icon(jack_client_t *client, const std::string &icon_name) {
    char *const text = jack_get_uuid_for_client_name(client, jack_get_client_name(client));
    jack_uuid_t uuid{};
    if (text && jack_uuid_parse(text, &uuid) == 0)
        jack_set_property(client, uuid, JACK_METADATA_ICON_NAME, icon_name.c_str(), kTextType);
    jack_free(text);
}

} // namespace headroom::jack
