// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/port_graph.hpp"
#include "jack_client/pipewire/connection.hpp"

#include <cstdint>

namespace headroom::app {

/// The program behind a node of PipeWire, by its object.serial, and what it plays; empty if
/// PipeWire does not tell. Waits a moment for a node that has just come. Any thread. Not real-time
/// safe.
graph::ClientDescription describe_pipewire_client(pipewire::Connection &pipewire,
                                                  std::uint64_t serial);

} // namespace headroom::app
