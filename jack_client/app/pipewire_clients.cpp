// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/pipewire_clients.hpp"

#include <chrono>

namespace headroom::app {

namespace {

/// JACK may show a node before PipeWire has told us all of it.
constexpr std::chrono::milliseconds kTellTime{100};

} // namespace

graph::ClientDescription describe_pipewire_client(pipewire::Connection &pipewire,
                                                  std::uint64_t serial) {
    graph::ClientDescription out;
    const auto node = pipewire.find_node(serial, kTellTime);
    if (!node || node->media_class.find("Output/Audio") == std::string::npos)
        return out;
    out.binary = node->binary;
    out.media = node->role;
    if (!node->application.empty())
        out.pretty.push_back(node->application);
    return out;
}

} // namespace headroom::app
