// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/sink_host.hpp"

#include <algorithm>

namespace headroom::graph {

namespace {

constexpr std::string_view kStrip = "Headroom Strip";

/// PipeWire takes the name inside quotes, and JACK splits names of ports at the colon.
std::string named(std::string_view kind, std::string_view text) {
    std::string out(text);
    std::replace_if(
        out.begin(), out.end(),
        [](char c) {
            return c == '"' || c == '\\' || c == ':' || static_cast<unsigned char>(c) < ' ';
        },
        '_');
    return std::string(kind) + " (" + out + ")";
}

} // namespace

std::string bus_sink_name(std::string_view bus) {
    return named(kHeadroomSink, bus);
}

std::string application_sink_name(std::string_view application) {
    return named(kStrip, application);
}

bool is_headroom_sink(std::string_view client) {
    return client.starts_with(kHeadroomSink) || client.starts_with(kStrip);
}

} // namespace headroom::graph
