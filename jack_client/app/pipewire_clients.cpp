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
    if (!node)
        return out;
    out.application = node->application;
    out.binary = node->binary;
    out.role = node->role;
    out.title = node->title;
    out.media_class = node->media_class;
    out.link_group = node->link_group;
    out.target_serial = node->target_serial;
    out.device = node->target_names;
    if (!node->application.empty())
        out.pretty.push_back(node->application);
    return out;
}

} // namespace headroom::app
