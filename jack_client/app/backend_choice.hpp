// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/graph/backend.hpp"
#include "jack_client/pipewire/connection.hpp"

#include <string>

namespace headroom::app {

struct BackendChoice {
    graph::Backend backend;
    std::string reason; ///< why it is that one, in words for the user
};

/// asked: "auto", or the name of a backend. pipewire: nullptr if the server is JACK2. A failure
/// where the server that runs cannot do what is asked for. Not real-time safe.
Result<BackendChoice> choose_backend(const std::string &asked, pipewire::Connection *pipewire);

} // namespace headroom::app
