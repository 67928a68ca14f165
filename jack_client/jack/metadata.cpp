// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/metadata.hpp"

#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/uuid.h>
#include <string_view>

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
    if (std::string_view(jack_port_type(port)) == JACK_DEFAULT_AUDIO_TYPE)
        jack_set_property(client, uuid, JACK_METADATA_SIGNAL_TYPE, "AUDIO", kTextType);
}

jack_uuid_t client_uuid(jack_client_t *client, const std::string &name) {
    char *const text = jack_get_uuid_for_client_name(client, name.c_str());
    jack_uuid_t uuid{};
    if (text == nullptr || jack_uuid_parse(text, &uuid) != 0)
        uuid = {};
    jack_free(text);
    return uuid;
}

std::string pretty_name(jack_uuid_t subject) {
    char *value = nullptr;
    char *type = nullptr;
    std::string out;
    if (subject != 0 && jack_get_property(subject, JACK_METADATA_PRETTY_NAME, &value, &type) == 0)
        out = value;
    jack_free(value);
    jack_free(type);
    return out;
}

bool may_rename(const char *key) {
    return key == nullptr || std::string_view(key) == JACK_METADATA_PRETTY_NAME;
}

void set_client_icon(jack_client_t *client, const std::string &icon_name) {
    if (const jack_uuid_t uuid = client_uuid(client, jack_get_client_name(client)); uuid != 0)
        jack_set_property(client, uuid, JACK_METADATA_ICON_NAME, icon_name.c_str(), kTextType);
}

} // namespace headroom::jack
