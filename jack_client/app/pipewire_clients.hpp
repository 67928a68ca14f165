// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/port_graph.hpp"

#include <string>

namespace headroom::app {

/// The program behind a client of PipeWire and what it plays, by PipeWire's own tools; empty where
/// they do not tell. Takes some 20 ms. Not real-time safe.
graph::ClientDescription describe_pipewire_client(const std::string &client);

} // namespace headroom::app
