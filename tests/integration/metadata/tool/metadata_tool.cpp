// SPDX-License-Identifier: GPL-3.0-or-later
//
//   metadata_tool show CLIENT          its icon, and all that is known of its ports, as JSON
//   metadata_tool rename CLIENT NAME   gives it a pretty name
#include "jack_client/jack/client.hpp"
#include "jack_client/jack/metadata.hpp"

#include <iostream>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using namespace headroom;

nlohmann::json properties(jack_uuid_t subject) {
    nlohmann::json out = nlohmann::json::object();
    for (const char *key :
         {JACK_METADATA_PRETTY_NAME, JACK_METADATA_PORT_GROUP, JACK_METADATA_ORDER,
          JACK_METADATA_SIGNAL_TYPE, JACK_METADATA_ICON_NAME}) {
        char *value = nullptr;
        char *type = nullptr;
        const std::string name = key;
        if (jack_get_property(subject, key, &value, &type) == 0)
            out[name.substr(name.rfind('/') + 1)] = value;
        jack_free(value);
        jack_free(type);
    }
    return out;
}

} // namespace

int main(int argc, char **argv) {
    const std::string command = argc > 2 ? argv[1] : "";
    const auto client = jack::Client::open("metadata-tool", {});
    if (!client || command.empty())
        return 1;
    jack_client_t *const handle = (*client)->get();
    const std::string name = argv[2];
    const jack_uuid_t subject = jack::client_uuid(handle, name);
    // PipeWire's libjack forgets what it has not sent when the client closes; to activate it, it
    // waits for an answer.
    if (command == "rename" && argc > 3)
        return jack_set_property(handle, subject, JACK_METADATA_PRETTY_NAME, argv[3],
                                 "text/plain") != 0 ||
               jack_activate(handle) != 0;
    nlohmann::json out = properties(subject);
    const char **ports = jack_get_ports(handle, ("^" + name + ":").c_str(), nullptr, 0);
    for (const char **port = ports; port != nullptr && *port != nullptr; ++port) {
        jack_port_t *found = jack_port_by_name(handle, *port);
        out["ports"][std::string(*port).substr(name.size() + 1)] =
            properties(jack_port_uuid(found));
    }
    jack_free(ports);
    std::cout << out.dump() << '\n';
    return 0;
}
