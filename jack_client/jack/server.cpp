// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/server.hpp"

#include "jack_client/jack/client.hpp"

#include <cstdlib>
#include <jack/jack.h>
#include <string_view>

namespace headroom::jack {

bool server_is_running(const std::string &server_name) {
    return Client::open("headroom-probe", server_name).has_value();
}

std::optional<Diagnostic> server_hang(const std::string &server_name) {
    const auto probe = Client::open("headroom-probe", server_name);
    if (probe || !Client::is_waiting())
        return std::nullopt;
    return probe.error();
}

std::string server_key(const std::string &server_name) {
    if (libjack_is_pipewire())
        return "pipewire";
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
    const char *name = std::getenv("JACK_DEFAULT_SERVER");
    return !server_name.empty() ? server_name : name && *name ? name : "default";
}

std::string server_kind() {
    // PipeWire's says "3.0.0.0 (using PipeWire 0.3.65)", JACK2's "1.9.21".
    const std::string_view version = jack_get_version_string();
    const std::size_t start = version.find("PipeWire");
    if (start == std::string_view::npos)
        return "JACK2";
    return std::string(version.substr(start, version.find(')', start) - start));
}

bool libjack_is_pipewire() {
    return server_kind() != "JACK2";
}

} // namespace headroom::jack
